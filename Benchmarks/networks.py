"""A training step of a residual network against PyTorch on the same machine: writes networks.md and networks.json (residual-mlp)
or networks-cnn.md and .json (residual-cnn).

Forward, backward and update of a batch of 128; 784 inputs, 20 pre-norm blocks of two 128 x 128 layers, 21 exits; or ResNet-20 on 28 x 28, 10 exits (ours has its reductions between the
blocks, hence 6 % more operations, group instead of batch normalisation, and normalises before every head). Contestants
run one after the other in every round, so that all meet the same machine; ratios are of medians over the rounds. Ours computes a
gate on every exit besides, clips the gradient's norm, and its results do not depend on the number of threads.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

from environment import DEPTH, FOLDER, require


def measured(command, environment):
    """The JSON that a command prints, and the peak memory of it in megabytes."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"bench: {' '.join(command)} failed")
    return json.loads(output), usage.ru_maxrss / 1024


def ours(threads, options):
    blocks = "20" if options.network == "residual-mlp" else "9"
    command = [
        str(DEPTH), "train", "--benchmark", str(options.steps), "--network", options.network, "--blocks", blocks,
        "--state-dimension", "128", "--width", "128", "--batch-size", str(options.batch), "--depth-regularizer", "none",
        "--input-noise", "0", "--weight-decay", "0", "--learning-rate", "1e-3", "--threads", str(threads)]
    answer, peak = measured(command, dict(os.environ))
    return answer["results"]["step_seconds"], peak


def peers(threads, options):
    command = [
        sys.executable, str(FOLDER / "torch_step.py"), "--threads", str(threads), "--batch", str(options.batch),
        "--steps", str(options.steps), "--network", options.network]
    answer, peak = measured(command, {**os.environ, "OMP_NUM_THREADS": str(threads)})
    return answer["step_seconds"], peak


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--network", choices=["residual-mlp", "residual-cnn"], default="residual-mlp")
    parser.add_argument("--steps", type=int, default=100, help="steps of a measurement")
    parser.add_argument("--batch", type=int, default=128)
    options = parser.parse_args()
    require(DEPTH, "run 'make build' or set DEPTH to the command")
    contestants = [("depth", ours), ("PyTorch", peers)]
    records = {(name, threads): [] for threads in (1, 2) for name, _ in contestants}
    for _ in range(options.rounds):
        for threads in (1, 2):
            for name, run in contestants:
                records[name, threads].append(run(threads, options))
    report(records, options)


def report(records, options):
    seconds = {key: statistics.median(s for s, _ in rows) for key, rows in records.items()}
    best = min(seconds["PyTorch", 1], seconds["PyTorch", 2])
    lines = [
        f"# Training step of a {options.network}", "",
        f"Batch {options.batch}, {options.rounds} interleaved rounds of {options.steps} steps, medians (least, most); "
        f"PyTorch {version()}.", "",
        "| | threads | ms a step | samples a second | peak memory (MB) | PyTorch's best over it |",
        "| --- | --- | --- | --- | --- | --- |"]
    for (name, threads), rows in records.items():
        times = [1e3 * s for s, _ in rows]
        lines.append(
            f"| {name} | {threads} | {statistics.median(times):.2f} ({min(times):.2f}, {max(times):.2f}) | "
            f"{options.batch / seconds[name, threads]:.0f} | {max(m for _, m in rows):.0f} | {best / seconds[name, threads]:.2f} |")
    one = seconds["PyTorch", 1] / seconds["depth", 1]
    lines += ["", f"With one thread each: {one:.2f} times as fast."]
    text = "\n".join(lines) + "\n"
    print(text)
    name = "networks" if options.network == "residual-mlp" else "networks-cnn"
    (FOLDER / f"{name}.md").write_text(text)
    rows = [dict(contestant=n, threads=t, step_seconds=[s for s, _ in r], peak_megabytes=[m for _, m in r])
            for (n, t), r in records.items()]
    (FOLDER / f"{name}.json").write_text(json.dumps(dict(batch=options.batch, results=rows), indent=1) + "\n")


def version():
    import torch

    return torch.__version__


if __name__ == "__main__":
    main()
