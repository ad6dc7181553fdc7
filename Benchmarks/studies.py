"""Studies of trained networks, as studies/PLAN.md decided them: accuracy, halting rules, the depth regulariser, tasks of known depth.

Every training has a run folder of its own and is skipped when that is finished, so that an interrupted study goes on where it stopped. All
numbers come from `depth train` and `depth compare`; the tables are studies/NAME.md with their JSON beside them.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import fmean

FOLDER = Path(__file__).resolve().parent
DEPTH = Path(os.environ.get("DEPTH", FOLDER.parent / ".build/release/depth"))
RUNS = Path(os.environ.get("STUDIES", FOLDER / ".cache/studies"))
TABLES = FOLDER / "studies"

CLOTHES = ["--data", "fashion-mnist", "--shift", "1", "--flip", "--input-noise", "0"]
THIN = CLOTHES + ["--blocks", "10", "--state-dimension", "64", "--width", "16", "--epochs", "12"]
WIDE = CLOTHES + ["--blocks", "10", "--state-dimension", "256", "--width", "256", "--epochs", "24"]
ONE_CYCLE = [
    "--network", "residual-cnn", "--blocks", "9", "--epochs", "20", "--schedule", "one-cycle", "--learning-rate", "0.004",
    "--weight-decay", "0.05"]
CONVOLUTIONAL = CLOTHES + ONE_CYCLE + ["--exit-weights", "linear"]
NOISY = ["--data", "fashion-mnist", "--shift", "2", "--flip", *ONE_CYCLE]
PLAIN = ["--depth-regularizer", "none"]
SEEDS = [0, 1, 2]
COSTS = [0.001, 0.003, 0.01]
REGULARIZER_COSTS = [0.001, 0.003, 0.01, 0.03]


def depth(*arguments):
    """What a command prints as JSON; its message and an end where it fails."""
    command = [str(DEPTH), *map(str, arguments), "--json"]
    finished = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if finished.returncode != 0:
        raise SystemExit(f"study: {' '.join(command)} ended with {finished.returncode}: {finished.stderr.strip()}")
    return json.loads(finished.stdout)


def train(name, options, seed):
    """The run folder of a training, made unless it is finished."""
    folder = RUNS / f"{name}-{seed}"
    if not (folder / "results.json").exists():
        RUNS.mkdir(parents=True, exist_ok=True)
        begin = time.time()
        depth("train", *options, "--seed", seed, "--output", folder, "--quiet")
        print(f"{folder.name}: {(time.time() - begin) / 60:.1f} minutes", file=sys.stderr)
    return folder


def trained(folder):
    """Results, and minutes of the training if one go made it."""
    record = json.loads((folder / "results.json").read_text())
    return record["results"], record["diagnostics"]["seconds"] / 60


def last_accuracy(folder):
    return trained(folder)[0]["test_accuracy_per_block"][-1]


def student(values):
    """Mean and half width of Student's 95 % interval."""
    quantile = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}[len(values)]
    mean = fmean(values)
    deviation = (sum((v - mean) ** 2 for v in values) / (len(values) - 1)) ** 0.5
    return mean, quantile * deviation / len(values) ** 0.5


def table(head, rows):
    lines = [" | ".join(head), " | ".join("---" for _ in head)] + [" | ".join(map(str, row)) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def number(interval, digits=4, factor=1):
    if interval is None:
        return "none"
    value, lower, upper = (interval[key] for key in ("value", "lower", "upper"))
    if None in (value, lower, upper):
        return "none"
    return f"{factor * value:.{digits}f} [{factor * lower:.{digits}f}, {factor * upper:.{digits}f}]"


def write(name, title, parts, record):
    TABLES.mkdir(exist_ok=True)
    (TABLES / f"{name}.md").write_text(f"# {title}\n\n" + "\n\n".join(parts) + "\n")
    (TABLES / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")
    print(TABLES / f"{name}.md")


def accuracy(_):
    digits = []
    for split in range(5):
        folders = [
            train(f"digits-split{split}", ["--data", "digits", "--split-seed", split, *PLAIN], seed) for seed in SEEDS]
        digits.append(fmean(map(last_accuracy, folders)))
    mean, half = student(digits)
    rows = [["digits, `residual-mlp` by default", "5 splits x 3 seeds", f"{100 * mean:.2f} +- {100 * half:.2f}", "97.0", ""]]
    record = {"digits": {"by_split": digits, "mean": mean, "half_width": half}}
    for name, options, seeds, asked in [
            ("wide", WIDE, SEEDS, "89"), ("thin", THIN, SEEDS, ""), ("convolutional", CONVOLUTIONAL, [0], "92.5"),
            ("noisy-convolutional", NOISY, [0], "")]:
        folders = [train(name, options + PLAIN, seed) for seed in seeds]
        values = list(map(last_accuracy, folders))
        minutes = [trained(folder)[1] for folder in folders]
        text = f"{100 * values[0]:.2f}"
        if len(values) > 1:
            text = f"{100 * fmean(values):.2f} +- {100 * student(values)[1]:.2f}"
        rows.append([f"Fashion-MNIST, {name}", f"{len(seeds)} seed" + "s" * (len(seeds) > 1), text, asked, f"{fmean(minutes):.1f}"])
        record[name] = {"accuracy": values, "minutes": minutes}
    write("accuracy", "Test accuracy of the last exit", [
        "`make study-accuracy`. Percent, with Student's 95 % interval over splits or seeds; the minutes of a training are those of its last "
        "go, on a machine that was shared.",
        table(["network", "replicates", "accuracy", "asked", "minutes"], rows)], record)


def halting(_):
    parts, record = [
        "`make study-halting`. Objective J in nats, `J - J(confidence)` with paired 95 % intervals, seeds and test samples crossed."], {}
    for name, options, seeds in [
            ("thin", THIN, SEEDS), ("wide", WIDE, SEEDS), ("convolutional", CONVOLUTIONAL, [0]),
            ("noisy-convolutional", NOISY, [0])]:
        folders = [train(name, options + PLAIN, seed) for seed in seeds]
        for cost in COSTS:
            runs = [word for folder in folders for word in ("--run", folder)]
            results = depth("compare", *runs, "--running-cost", cost, "--quiet")["results"]
            rows = [[
                rule["name"] + (" (sees labels)" if rule.get("sees_labels") else ""),
                f"{rule['objective']['value']:.4f}" if isinstance(rule["objective"], dict) else f"{rule['objective']:.4f}",
                number(rule.get("difference_from_baseline")), accuracy_of(rule), depth_of(rule)] for rule in results["rules"]]
            parts += [f"## {name}, c = {cost}", table(["rule", "J", "J - J(confidence)", "accuracy", "E tau"], rows)]
            record[f"{name} {cost}"] = results["rules"]
    write("halting", "Halting rules on Fashion-MNIST", parts, record)


def value_of(entry):
    while isinstance(entry, list):
        entry = entry[0]
    return entry["value"] if isinstance(entry, dict) else entry


def accuracy_of(rule):
    return f"{100 * value_of(rule['accuracy']):.2f}"


def depth_of(rule):
    return f"{value_of(rule['expected_stopping_depth']):.3f}"


def regularizer(_):
    parts, rows, record = [
        "`make study-depth-regularizer`. Depth at the accuracy of the baseline's last exit but for 0.2 points (chosen on the fit part, judged "
        "on test); reduction and difference of accuracy in percent and points, 95 % intervals."], [], {}
    bases = [train("thin", THIN + PLAIN, seed) for seed in SEEDS]
    for cost in REGULARIZER_COSTS:
        options = THIN + [
            "--depth-regularizer", "soft-stop", "--regularization-weight", "1", "--running-cost", cost]
        others = [train(f"soft-{cost}", options, seed) for seed in SEEDS]
        runs = [word for folder in bases for word in ("--run", folder)]
        answer = depth(
            "compare", *runs, "--running-cost", cost, "--equal-accuracy", *others, "--no-curve", "--quiet")["results"]["equal_accuracy"]
        for seed, pair in zip(SEEDS, answer["pairs"]):
            base, other = pair["baseline"], pair["other"]
            rows.append([
                cost, seed, f"{base['rule']}, {base['expected_stopping_depth']:.2f}, {100 * base['accuracy']:.2f}",
                "none" if other is None else
                f"{other['rule']}, {other['expected_stopping_depth']:.2f}, {100 * other['accuracy']:.2f}",
                number(pair["reduction"], 1, 100), number(pair["accuracy_difference"], 2, 100)])
        rows.append([cost, "all", "", "", number(answer["reduction"], 1, 100), number(answer["accuracy_difference"], 2, 100)])
        record[str(cost)] = answer
    parts.append(table(
        ["c", "seed", "exit losses alone: rule, E tau, accuracy", "with L_depth", "reduction %", "accuracy difference, points"], rows))
    wider = []
    for tolerance in [0.005, 0.01]:
        for cost in REGULARIZER_COSTS:
            runs = [word for folder in bases for word in ("--run", folder)]
            others = [RUNS / f"soft-{cost}-{seed}" for seed in SEEDS]
            answer = depth(
                "compare", *runs, "--running-cost", cost, "--equal-accuracy", *others, "--accuracy-tolerance", tolerance, "--no-curve",
                "--quiet")["results"]["equal_accuracy"]
            wider.append([100 * tolerance, cost, number(answer["reduction"], 1, 100), number(answer["accuracy_difference"], 2, 100)])
            record[f"{cost} within {tolerance}"] = answer
    parts += [
        "## Where less accuracy is asked for (added after the table above, as its explanation)",
        "Near the last exit's accuracy the curve is flat: 0.2 points are worth about a block, and two trainings differ by as much, so that a "
        "reduction of a third can come and go with the seed. Where the curve is steep, nothing is left of it: a threshold tuned on a network "
        "trained by exit losses alone already makes the trade-off that the gates of L_depth learn.",
        table(["points given up", "c", "reduction %, over seeds", "accuracy difference, points"], wider)]
    write("depth-regularizer", "Depth at equal accuracy with and without L_depth", parts, record)


HOPS = ["--data", "k-hop", "--set", "nodes=4", "--set", "samples=40000", "--blocks", "6", "--state-dimension", "64", "--width", "256",
        "--epochs", "30", "--shared-weights", "--input-noise", "0", *PLAIN]
EVIDENCE = ["--data", "evidence", "--set", "signal_to_noise=1", "--set", "steps=20", "--set", "samples=60000", "--blocks", "20",
            "--state-dimension", "16", "--width", "32", "--epochs", "20", "--input-noise", "0", "--stopping-loss", "zero-one", *PLAIN]


def tasks(_):
    parts, record = ["`make study-tasks`."], {}
    rows = []
    for hops in range(1, 6):
        for seed in SEEDS:
            results, _ = trained(train(f"k-hop-{hops}", HOPS + ["--set", f"hops={hops}"], seed))
            rows.append([hops, seed, *(f"{100 * value:.2f}" for value in results["test_accuracy_per_block"])])
    record["k-hop"] = rows
    parts += ["## k-hop shown, 4 nodes: accuracy of every exit, percent (chance 25)",
              table(["hops", "seed", *(f"exit {k}" for k in range(7))], rows)]
    rows = [["possible", *(f"{100 * (k + (5 - k) / 4) / 5:.2f}" for k in range(6)), "100.00"]]
    for seed in SEEDS:
        results, _ = trained(train("k-hop-mixed", HOPS + ["--set", "hops=5", "--set", "least_hops=1"], seed))
        rows.append([seed, *(f"{100 * value:.2f}" for value in results["test_accuracy_per_block"])])
    record["k-hop mixed"] = rows
    parts += ["## k-hop shown, 4 nodes, 1 to 5 hops at random: accuracy of every exit, percent (possible: samples of k hops or fewer "
              "known at exit k, the others by chance)", table(["seed", *(f"exit {k}" for k in range(7))], rows)]
    rows = []
    for seed in SEEDS:
        folder = train("evidence", EVIDENCE, seed)
        results = depth("compare", "--run", folder, "--running-cost", "0.01", "--no-curve", "--quiet")["results"]
        optimum = results["exact_optimum"]
        shares = {entry["rule"]: entry["share"] for entry in optimum["excess"]}
        rows.append([
            seed, f"{optimum['objective']:.5f}", f"{optimum['expected_stopping_depth']:.3f}",
            number(shares["backward-induction"], 2, 100), number(shares["confidence"], 2, 100),
            number(shares["m-step-look-ahead"], 2, 100), number(shares["full-depth"], 2, 100)])
        record[f"evidence {seed}"] = optimum
    parts += ["## Evidence, 20 measurements, c = 0.01, zero-one loss: objective above the exact optimum, percent",
              table(["seed", "exact J", "exact E tau*", "backward induction", "confidence", "4-step look-ahead", "full depth"], rows)]
    write("tasks", "Tasks of known depth", parts, record)


TARGETS = {"optimism_gap": 0.05, "kolmogorov_smirnov": 0.05, "regret": 0.03, "ratio": 1.15}


def over(values, digits=3, factor=1):
    """Mean over runs with Student's half width; one run alone has none."""
    if len(values) == 1:
        return f"{factor * values[0]:.{digits}f}"
    mean, half = student(values)
    return f"{factor * mean:.{digits}f} +- {factor * half:.{digits}f}"


def predicted(entry):
    """What one prediction of one run says, as numbers."""
    realised = entry["realised"]["objective"]
    return {
        "optimism_gap": entry["optimism_gap"]["value"], "net": entry["net_optimism_gap"]["value"],
        "kolmogorov_smirnov": entry["distance"]["kolmogorov_smirnov"]["value"],
        "wasserstein": entry["distance"]["wasserstein"]["value"],
        "predicted_depth": value_of(entry["expected_stopping_depth"]),
        "realised_depth": value_of(entry["realised"]["expected_stopping_depth"]),
        "regret": entry["regret"]["value"] / realised, "objective": realised}


def kept(entry):
    """What the study's record holds of a prediction."""
    return {
        "coordinate": entry["coordinate"], "level": entry["level"], **predicted(entry), "law": entry["law"],
        "validation": entry.get("validation"), "tests": entry.get("tests")}


def least_objective(results):
    return min(rule["objective"] for rule in results["rules"] if rule["achievable"])


def prediction_rows(runs):
    """A row a coordinate and kernel, over the runs; the user's coordinate by its diffusion besides."""
    rows = []
    groups = [[run["coordinates"][place] for run in runs] for place in range(len(runs[0]["coordinates"]))]
    groups.append([next(p for p in run["predictions"] if p["level"] == "diffusion") for run in runs])
    for group in groups:
        numbers = [predicted(entry) for entry in group]
        chosen = sum(bool(entry.get("validation", {}).get("chosen")) for entry in group)
        validated = [entry["validation"]["optimism_gap"] for entry in group if "validation" in entry]
        rows.append([
            group[0]["coordinate"], group[0]["level"], over([n["optimism_gap"] for n in numbers], 2, 100),
            over([n["net"] for n in numbers], 2, 100), over(validated, 2, 100) if validated else "", over([n["kolmogorov_smirnov"] for n in numbers]),
            over([n["wasserstein"] for n in numbers], 2), over([n["predicted_depth"] for n in numbers], 2),
            over([n["realised_depth"] for n in numbers], 2), over([n["regret"] for n in numbers], 2, 100),
            over([entry["tests"]["markov"]["loss_correlation"] for entry in group]) if "tests" in group[0] else "",
            f"{chosen} of {len(group)}" if validated else ""])
    return rows


def verdict(values, target):
    """Met where every run is within the target."""
    return "met" if all(abs(value) <= target for value in values) else "missed"


def summary_row(name, cost, runs):
    numbers = [predicted(run["prediction"]) for run in runs]
    best = [1 - least_objective(run) / n["objective"] for run, n in zip(runs, numbers)]
    ratios = [run["bracket"]["ratio"] for run in runs]
    widening = [run["bracket"]["widening"] / run["bracket"]["upper"] for run in runs]
    names = sorted({f"{run['prediction']['coordinate']}, {run['prediction']['level']}" for run in runs})
    cells = [name, cost, "; ".join(names)]
    for values, key, digits, factor in [
            ([n["kolmogorov_smirnov"] for n in numbers], "kolmogorov_smirnov", 3, 1),
            ([n["optimism_gap"] for n in numbers], "optimism_gap", 2, 100),
            ([n["net"] for n in numbers], "optimism_gap", 2, 100), (best, "regret", 2, 100),
            (ratios, "ratio", 3, 1)]:
        cells.append(f"{over(values, digits, factor)} ({verdict(values, TARGETS[key])})")
    return cells + [over(widening, 2, 100)]


def missed_gaps(name, cost, seeds, runs):
    """What a gap beyond the target is made of: the parts' difference in difficulty, the same for every rule, and the rest."""
    rows = []
    for seed, run in zip(seeds, runs):
        numbers = predicted(run["prediction"])
        gap, net = numbers["optimism_gap"], numbers["net"]
        if abs(gap) > TARGETS["optimism_gap"]:
            rows.append([name, cost, seed, f"{100 * gap:.2f}", f"{100 * (gap - net):.2f}", f"{100 * net:.2f}"])
    return rows


def prediction(_):
    summary, parts, record, misses = [], [], {}, []
    for name, options, seeds in [("thin", THIN, SEEDS), ("wide", WIDE, [0]), ("convolutional", CONVOLUTIONAL, [0])]:
        folders = [train(name, options + PLAIN, seed) for seed in seeds]
        for cost in COSTS:
            runs = [
                depth("compare", "--run", folder, "--running-cost", cost, "--no-curve", "--quiet")["results"]
                for folder in folders]
            summary.append(summary_row(name, cost, runs))
            misses += missed_gaps(name, cost, seeds, runs)
            parts += [f"## {name}, c = {cost}", table(
                ["coordinate", "level", "gap %", "net gap %", "gap % out of fold", "KS", "W1", "predicted E tau", "realised E tau",
                 "regret % of J", "loss memory", "chosen"], prediction_rows(runs))]
            record[f"{name} {cost}"] = [
                {"chosen": kept(run["prediction"]), "predictions": list(map(kept, run["predictions"])),
                 "coordinates": list(map(kept, run["coordinates"])), "bracket": run["bracket"]} for run in runs]
    parts = [
        "`make study-prediction`, decided in `PLAN.md`. Means over seeds with Student's 95 % half width where there are several. A target is "
        "met where every seed meets it: KS of predicted and realised law at most 0.05, optimism gap at most 5 % in magnitude, regret "
        "against the rule of least test objective (chosen there, so the regret is a little too large) at most 3 % of J, upper over lower "
        "bound at most 1.15. The net gap (added when the first tables showed that the given test part is harder than the fit part for every "
        "rule, full depth included) measures both objectives from full depth's loss on their own part.",
        "## What the fit part chose, on the test part",
        table(["network", "c", "coordinate and kernel", "KS", "optimism gap %", "net gap %", "regret %", "upper/lower", "of it widening, % of J"],
              summary),
        "Gaps beyond the target, and what they are made of: full depth's loss differs between the fit and the test part, which no prediction "
        "made on the fit part can know; what is left of the gap is the net gap.",
        table(["network", "c", "seed", "gap %", "of it the parts' difficulty", "net gap %"], misses),
        "Below: gap, distances and regret against backward induction of every coordinate and kernel; loss memory is the correlation of "
        "a loss with the coordinate one exit earlier, given the coordinate now."] + parts + evidence_part(record)
    write("prediction", "Prediction with no fitted threshold, and the certificate", parts, record)


def evidence_part(record):
    rows = []
    options = ["samples=50000" if word == "samples=60000" else word for word in EVIDENCE]
    for seed in SEEDS:
        results = depth(
            "compare", "--run", train("evidence-50000", options, seed), "--running-cost", "0.01", "--no-curve", "--quiet")["results"]
        optimum = results["exact_optimum"]
        record[f"evidence {seed}"] = optimum
        for own in optimum["prediction"]:
            rows.append([
                seed, own["coordinate"], own["level"], f"{optimum['expected_stopping_depth']:.3f}",
                f"{own['expected_stopping_depth']:.3f}", f"{100 * (own['relative_depth'] - 1):.2f}", number(own["realised"], 3),
                "yes" if own["within_realised"] else "no", f"{own['kolmogorov_smirnov']:.4f}",
                f"{results['bracket']['ratio']:.4f}"])
    return [
        "## Evidence, 20 measurements, c = 0.01, 10,000 test samples, against the exact optimum",
        table(["seed", "coordinate", "level", "exact E tau*", "predicted E tau", "difference %", "realised E tau", "within it",
               "KS to the optimal law", "upper/exact"], rows)]


LENS_DEPTHS = [2, 4, 8, 16, 32, 64]
LENS_COST = 0.003


def lens(_):
    """NC1 to NC3 of networks of depth 2 to 64, and whether halting follows the collapse."""
    rows, record, places = [], {}, []
    for seed in SEEDS:
        folders = [
            train(f"lens-{blocks}", CLOTHES + ["--blocks", blocks, "--state-dimension", 64, "--width", 16, "--epochs", 8] + PLAIN, seed)
            for blocks in LENS_DEPTHS]
        words = [word for folder in folders for word in ("--run", folder)]
        results = depth("lens", "neural-collapse", *words, "--running-cost", LENS_COST, "--quiet")["results"]
        for blocks, folder, run in zip(LENS_DEPTHS, folders, results["runs"]):
            run["run"] = folder.name
            first, last = run["exits"][0], run["exits"][-1]
            rows.append([
                blocks, seed, f"{100 * last_accuracy(folder):.2f}", number(first["nc1"], 3), number(last["nc1"], 3), number(last["nc2"], 3),
                number(last["nc3"], 3), plain(run["collapse_depth"]), plain(run["expected_stopping_depth"][0]["value"]),
                plain(run["distance"] and run["distance"]["kolmogorov_smirnov"]), number(run["class_rank_correlation"], 2),
                number(run["sample_rank_correlation"], 2)])
        places.append(f"seed {seed}: {number(results['networks_rank_correlation'], 2)}")
        record[str(seed)] = results
    rows.sort()
    write("lens", "Neural collapse in networks of depth 2 to 64, and where they halt", [
        f"`make study-lens`, decided in `PLAN.md`: Fashion-MNIST, residual MLPs with d = 64, m = 16, 8 epochs, exit losses alone; the test part; "
        f"backward induction at c = {LENS_COST}. Intervals are 95 %. The collapse is a law over depth, its increments the "
        "shares of the fall of ln NC1 at each exit; collapse depth is its mean, KS its distance to the law of tau.",
        table(["L", "seed", "accuracy %", "NC1 at exit 0", "NC1 at the last exit", "NC2 there", "NC3 there", "collapse depth", "E tau",
               "KS", "rank correlation, classes", "rank correlation, samples"], rows),
        "Rank correlation of collapse depth and E tau over the six depths: " + "; ".join(places) + "."], record)


def plain(value, digits=2):
    return "none" if value is None else f"{value:.{digits}f}"


STUDIES = {
    "accuracy": accuracy, "halting": halting, "depth-regularizer": regularizer, "tasks": tasks, "prediction": prediction, "lens": lens}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", choices=STUDIES)
    options = parser.parse_args()
    if not DEPTH.exists():
        raise SystemExit("study: run 'make build' or set DEPTH to the command")
    STUDIES[options.study](options)


if __name__ == "__main__":
    main()
