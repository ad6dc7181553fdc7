"""Token-level halting of small transformers, short runs: writes tokens.md from the JSON of the commands in COMMANDS.

Characters of Shakespeare (every character of a window asks for the next) and pointer chasing as tokens (k-hop: eight questions after
eight pointers, each of 1 to 3 hops). One seed; nothing is chosen on the test part, every threshold tried is shown. Run folders stay
under .cache/tokens, so that a second run only reads; --fresh trains again.
"""

import argparse
import array
import json
import shutil
import subprocess
import zipfile

from environment import CACHE, DEPTH, FOLDER, require

RUNS = CACHE / "tokens"
NETWORK = [
    "--network", "transformer", "--state-dimension", "64", "--width", "128", "--batch-size", "64", "--learning-rate",
    "3e-3", "--weight-decay", "0.01", "--seed", "0"]
COMMANDS = {
    "characters": [
        "train", "--data", "shakespeare", "--set", "answers=tokens", "--set", "length=48", "--set", "windows=10000",
        "--blocks", "5", "--epochs", "6", "--recorded-samples", "200", "--running-cost", "0.02", *NETWORK],
    "k-hop": [
        "train", "--data", "k-hop", "--set", "presentation=tokens", "--set", "nodes=8", "--set", "hops=3", "--set",
        "least_hops=1", "--set", "queries=6", "--set", "samples=20000", "--blocks", "4", "--epochs", "20",
        "--recorded-samples", "400", "--running-cost", "0.02", *NETWORK],
}
HALTING = {
    "characters": {"confidence": [0.3, 0.5, 0.7, 0.9], "gate": [0.1, 0.3, 0.5, 0.7]},
    "k-hop": {"confidence": [0.5, 0.7, 0.9, 0.99], "gate": [0.3, 0.5, 0.7, 0.9]},
}


def depth(arguments):
    """A command's words and its JSON."""
    run = subprocess.run([DEPTH, *arguments, "--json", "--quiet"], stdout=subprocess.PIPE, text=True)
    if run.returncode != 0:
        raise SystemExit(f"tokens: depth {' '.join(arguments)} failed")
    return json.loads(run.stdout)


def train(name):
    """The run's results; trained only where they are not there."""
    folder = RUNS / name
    results = folder / "results.json"
    if not results.exists():
        depth([*COMMANDS[name], "--output", str(folder)])
    return json.loads(results.read_text())["results"]


def row(cells):
    return "| " + " | ".join(cells) + " |"


def table(head, rows):
    return [row(head), row(["---"] * len(head)), *map(row, rows), ""]


def with_bounds(interval, digits=4):
    return f"{interval['value']:.{digits}f} [{interval['lower']:.{digits}f}, {interval['upper']:.{digits}f}]"


def halting_table(results):
    rows = []
    for point in results["token_halting"]:
        together = point["sequence_level"]
        rows.append([
            f"{point['threshold']:g}", with_bounds(point["expected_stopping_depth"], 2),
            f"{point['stopping_loss']['value']:.4f}", f"{100 * point['accuracy']['value']:.1f}",
            f"{100 * point['operations_share']:.1f}", with_bounds(point["copying_effect"]),
            f"{together['expected_stopping_depth']['value']:.2f}", f"{together['stopping_loss']['value']:.4f}",
            with_bounds(together["difference"])])
    last = results["token_halting"][0]["full_depth_loss"]["value"]
    return [f"Full depth on these {results['sequences']} sequences: loss {last:.4f}.", ""] + table(
        ["threshold", "E tau of a token", "loss", "accuracy, %", "operations, % of full depth", "effect of copied states",
         "E tau of whole sequences", "their loss", "token minus sequence"], rows)


def compare_table(results):
    rows = [
        [rule["name"] + ("" if rule["achievable"] else " (sees labels)"), with_bounds(rule["intervals"]["objective"]),
         f"{rule['expected_stopping_depth'][0]['value']:.2f}", f"{rule['intervals']['stopping_loss']['value']:.4f}"]
        for rule in results["rules"]]
    return table(["rule", "J", "E tau", "loss"], rows)


def npy(archive, name):
    """Shape and numbers of one array of an npz of doubles."""
    data = archive.read(name + ".npy")
    size = int.from_bytes(data[8:10], "little")
    head = data[10:10 + size].decode()
    shape = [int(n) for n in head[head.index("(") + 1:head.index(")")].split(",") if n.strip()]
    numbers = array.array("d")
    numbers.frombytes(data[10 + size:])
    return shape, numbers


def accuracy_by_hops(folder, queries, kinds):
    """Test accuracy of every exit, for each number of hops: query j asks for 1 + j mod kinds."""
    with zipfile.ZipFile(folder / "paths.npz") as archive:
        (rows, exits, classes), logits = npy(archive, "logits")
        labels, split = npy(archive, "label")[1], npy(archive, "split")[1]
    right = [[0] * exits for _ in range(kinds)]
    count = [0] * kinds
    for answer in range(rows):
        if split[answer] != 2:
            continue
        kind = answer % queries % kinds
        count[kind] += 1
        for exit in range(exits):
            start = (answer * exits + exit) * classes
            scores = logits[start:start + classes]
            right[kind][exit] += max(range(classes), key=scores.__getitem__) == int(labels[answer])
    return [[hits / count[kind] for hits in right[kind]] for kind in range(kinds)]


def halting_words(rule, thresholds):
    return ["--rule", rule, *(word for value in thresholds for word in ("--threshold", str(value))), "--samples", "400"]


def words(arguments):
    return "depth " + " ".join(arguments)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fresh", action="store_true", help="train again")
    options = parser.parse_args()
    require(DEPTH, "run 'make build' or set DEPTH to the command")
    if options.fresh:
        shutil.rmtree(RUNS, ignore_errors=True)
    RUNS.mkdir(parents=True, exist_ok=True)
    lines = [
        "# Token-level halting", "",
        "Written by `make study-tokens`. A token halts at the first exit where its largest probability (confidence) or its gate "
        "reaches the threshold; its state is copied upward and stays visible. Losses are nats an answer on sequences of the test part, brackets 95 % of a "
        "bootstrap over sequences (one network: seeds are no part of them). *Effect of copied states*: loss minus that of the recorded "
        "full-depth path stopped at the same exits. *Whole sequences*: all answers of a sequence stop where the mean of the same "
        "feature over them reaches the threshold that gives the nearest mean depth. Operations are those really done, all heads that the rule reads "
        "included; full depth reads one head.", ""]
    subprocess.run([DEPTH, "data", "fetch", "shakespeare"], stdout=subprocess.DEVNULL, check=True)
    for name, title in [("characters", "Characters of Shakespeare"), ("k-hop", "Pointer chasing")]:
        results, folder = train(name), RUNS / name
        halting = {rule: halting_words(rule, HALTING[name][rule]) for rule in HALTING[name]}
        lines += [f"## {title}", "", "```", words([*COMMANDS[name], "--output", name])]
        lines += [words(["infer-tokens", "--run", name, *arguments]) for arguments in halting.values()]
        lines += [words(["compare", "--run", name, "--running-cost", "0.02"]), "```", ""]
        lines += [f"Exits on {results['test_samples']} recorded answers of the test part:", ""]
        lines += table(
            ["exit"] + [str(k) for k in range(len(results["test_loss_per_block"]))],
            [["loss"] + [f"{loss:.4f}" for loss in results["test_loss_per_block"]],
             ["accuracy, %"] + [f"{100 * share:.1f}" for share in results["test_accuracy_per_block"]]]
            + ([[f"accuracy, {hops + 1} hops, %"] + [f"{100 * share:.1f}" for share in shares]
                for hops, shares in enumerate(accuracy_by_hops(folder, 6, 3))] if name == "k-hop" else []))
        for rule, arguments in halting.items():
            lines += [f"Halting by {rule}:", ""]
            lines += halting_table(depth(["infer-tokens", "--run", str(folder), *arguments])["results"])
        compared = depth(["compare", "--run", str(folder), "--running-cost", "0.02", "--no-curve"])["results"]
        lines += ["Rules on recorded paths at c = 0.02, an answer each:", "", *compare_table(compared)]
        whole = depth(["compare", "--paths", str(folder / "sequences.npz"), "--running-cost", "0.02", "--no-curve"])
        lines += ["The same of whole sequences (`compare --paths sequences.npz`):", "", *compare_table(whole["results"])]
    (FOLDER / "tokens.md").write_text("\n".join(lines).rstrip() + "\n")
    print(FOLDER / "tokens.md")


if __name__ == "__main__":
    main()
