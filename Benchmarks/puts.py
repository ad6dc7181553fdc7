"""American puts: `depth boundary` against QuantLib's engines, interleaved in one run. Writes puts.json and puts.md.

Errors are relative to the strike. QuantLib's time is `recalculate()` alone, processes and options built outside; ours is the
whole solve (boundary, value, estimated error bounds: `--estimate`), repeated inside the command. Both in processor seconds of one thread.
"""

import argparse
import json
import math
import statistics
import subprocess
import time

import numpy
import QuantLib as ql

import put_reference
from environment import DEPTH, FOLDER, require, single_threaded

TODAY = ql.Date(1, 1, 2024)
DAYS = ql.Actual360()
QDFP = ql.QdFpAmericanEngine
# from cheap to dear; the first that reaches an error is the one that is timed for it
INTEGRAL = {
    "QdFp fast": lambda p: QDFP(p, QDFP.fastScheme()),
    "QdFp accurate": lambda p: QDFP(p, QDFP.accurateScheme()),
    "QdFp highPrecision": lambda p: QDFP(p, QDFP.highPrecisionScheme()),
    **{
        f"QdFp Legendre {a}": lambda p, a=a: QDFP(p, ql.QdFpLegendreScheme(*a))
        for a in [(15, 2, 6, 41), (35, 8, 16, 51), (51, 8, 24, 101), (65, 8, 32, 101)]
    },
    **{
        f"QdFp tanh-sinh {a}": lambda p, a=a: QDFP(p, ql.QdFpTanhSinhIterationScheme(*a))
        for a in [(8, 16, 1e-9), (10, 30, 1e-10), (16, 32, 1e-11), (20, 40, 1e-12), (30, 64, 1e-13)]
    },
}
DIFFERENCES = {
    f"FD {name} {t} x {x}": lambda p, a=(t, x, damping), d=scheme: ql.FdBlackScholesVanillaEngine(p, *a, d())
    for t, x in [(25, 50), (50, 100), (100, 200), (200, 400), (400, 800), (800, 1600), (1600, 3200)]
    for name, damping, scheme in [
        ("Douglas", 0, ql.FdmSchemeDesc.Douglas), ("TR-BDF2", 0, ql.FdmSchemeDesc.TrBDF2),
        ("CN", max(2, t // 50), ql.FdmSchemeDesc.CrankNicolson)]
}


def parameter_sets(count):
    """K 1..100, T 0.25..10 in whole days of 1/360, sigma 0.1..0.4, dividend none, below, at and above the rate."""
    draw = numpy.random.default_rng(4)
    sets = []
    for index in range(count):
        strike = round(float(10 ** draw.uniform(0, 2)), 3)
        maturity = round(360 * float(0.25 * 40 ** draw.uniform())) / 360
        sigma = round(float(draw.uniform(0.1, 0.4)), 3)
        rate = round(float(draw.uniform(0.01, 0.1)), 4)
        dividend = [0.0, round(rate * float(draw.uniform(0.2, 0.8)), 4), rate, round(rate * float(draw.uniform(1.3, 3)), 4)]
        state = round(strike * float(math.exp(sigma * draw.uniform(-0.5, 1))), 3)
        sets.append(dict(K=strike, S=state, r=rate, q=dividend[index % 4], sigma=sigma, T=maturity))
    return sets


def quantlib(case):
    """Process and option of a case."""
    curve = lambda rate: ql.YieldTermStructureHandle(ql.FlatForward(TODAY, rate, DAYS))
    volatility = ql.BlackVolTermStructureHandle(ql.BlackConstantVol(TODAY, ql.NullCalendar(), case["sigma"], DAYS))
    spot = ql.QuoteHandle(ql.SimpleQuote(case["S"]))
    process = ql.BlackScholesMertonProcess(spot, curve(case["q"]), curve(case["r"]), volatility)
    exercise = ql.AmericanExercise(TODAY, TODAY + round(case["T"] * 360))
    return process, ql.VanillaOption(ql.PlainVanillaPayoff(ql.Option.Put, case["K"]), exercise)


def priced(case, engine):
    """An option with its engine, and V; None where QuantLib fails."""
    process, option = quantlib(case)
    option.setPricingEngine(engine(process))
    try:
        return option, option.NPV()
    except RuntimeError:
        return None


def root_mean_square(errors):
    return math.sqrt(statistics.fmean(e * e for e in errors))


def cheapest(cases, engines, error, norm=root_mean_square):
    """The first engine, in order of cost, whose errors over all sets are at most `error` in the norm.

    One engine for all sets: on a single one a coarse grid may be right by luck. None where none is good enough.
    """
    for name, engine in engines.items():
        found = [priced(case, engine) for case in cases]
        if all(found):
            errors = [abs(v - case["value"]) / case["K"] for (_, v), case in zip(found, cases)]
            if norm(errors) <= error:
                return name, [option for option, _ in found], errors
    return None


def most_accurate(cases, engines):
    """The engine that reaches 1e-5 in root mean square first, else the one that comes nearest."""
    found = cheapest(cases, engines, 1e-5)
    if found:
        return found
    tried = [cheapest(cases, {name: engine}, math.inf) for name, engine in engines.items()]
    return min((peer for peer in tried if peer), key=lambda peer: root_mean_square(peer[2]))


def quantlib_seconds(option, block):
    """Median processor seconds of a recalculation over about `block` seconds."""
    times = []
    while not times or (sum(times) < block and len(times) < 200):
        start = time.thread_time()
        option.recalculate()
        times.append(time.thread_time() - start)
    return statistics.median(times)


def ours(case, repeat):
    """Value, bound and median processor seconds of `depth boundary`."""
    names = dict(K="strike", r="rate", q="dividend", sigma="volatility", T="maturity")
    settings = [part for key, name in names.items() for part in ("--set", f"{name}={case[key]!r}")]
    command = [
        str(DEPTH), "boundary", "--problem", "american-put", "--method", "integral-equation", *settings, "--at",
        repr(case["S"]), "--estimate", "--repeat", str(repeat), "--json", "--quiet", "--allow-unconverged"]
    run = subprocess.run(command, capture_output=True, text=True, env=single_threaded(), check=True)
    answer = json.loads(run.stdout)
    value = answer["results"]["value"][0]
    return value["value"], value["error_bound"], answer["diagnostics"]["cpu_seconds"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--block", type=float, default=0.05, help="processor seconds per measurement")
    options = parser.parse_args()
    require(DEPTH, "run 'make build' or set DEPTH to the command")
    ql.Settings.instance().evaluationDate = TODAY
    cases = parameter_sets(options.sets)
    for case in cases:
        relative, case["spread"] = put_reference.value(
            case["K"], case["S"], case["r"], case["q"], case["sigma"], case["T"])
        case["value"] = case["K"] * relative
    peers = {name: cheapest(cases, {name: INTEGRAL[name]}, math.inf) for name in ("QdFp accurate", "QdFp highPrecision")}
    peers["QuantLib at 1e-10"] = cheapest(cases, INTEGRAL, 1e-10)
    peers["QuantLib FD, nearest to rms 1e-5"] = most_accurate(cases, DIFFERENCES)
    peers["QuantLib FD, median 1e-5"] = cheapest(cases, DIFFERENCES, 1e-5, statistics.median)
    for label in [label for label, peer in peers.items() if peer is None]:
        print(f"{label}: no engine tried is so accurate")
        del peers[label]
    rows = {}
    for _ in range(options.rounds):
        for index, case in enumerate(cases):
            value, bound, seconds = ours(case, max(3, int(options.block / 5e-4)))
            record = rows.setdefault("depth", dict(engine="integral-equation", seconds=[], errors=[], ratios=[], bounds=[]))
            record["seconds"].append(seconds)
            record["errors"].append(abs(value - case["value"]) / case["K"])
            record["bounds"].append(bound / case["K"])
            for label, (name, priced_options, errors) in peers.items():
                record = rows.setdefault(label, dict(engine=name, seconds=[], errors=[], ratios=[]))
                record["seconds"].append(quantlib_seconds(priced_options[index], options.block))
                record["errors"].append(errors[index])
                record["ratios"].append(record["seconds"][-1] / seconds)
    report(rows, cases, options)


def report(rows, cases, options):
    lines = [
        "# American puts", "",
        f"{len(cases)} sets, {options.rounds} interleaved rounds, QuantLib {ql.__version__}; errors relative to the strike, against "
        f"`put_reference.py` (largest spread {max(case['spread'] for case in cases):.0e}); processor time, medians.", "",
        "| | engine | median error | rms error | largest error | time (ms) | times slower than depth (least, most) |",
        "| --- | --- | --- | --- | --- | --- | --- |"]
    for label, row in rows.items():
        ratios = row["ratios"] or [1]
        rms = root_mean_square(row["errors"])
        lines.append(
            f"| {label} | {row['engine']} | {statistics.median(row['errors']):.1e} | {rms:.1e} | {max(row['errors']):.1e} | "
            f"{1e3 * statistics.median(row['seconds']):.3g} | {statistics.median(ratios):.3g} "
            f"({min(ratios):.3g}, {max(ratios):.3g}) |")
    bounds = rows["depth"]["bounds"]
    outside = sum(e > b + case["spread"] for e, b, case in zip(rows["depth"]["errors"], bounds, cases))
    lines += ["", f"depth's own error bound: median {statistics.median(bounds):.1e}, largest {max(bounds):.1e}; "
              f"errors beyond it by more than the reference's spread: {outside}."]
    text = "\n".join(lines) + "\n"
    print(text)
    (FOLDER / "puts.md").write_text(text)
    (FOLDER / "puts.json").write_text(json.dumps(dict(sets=cases, results=rows), indent=1) + "\n")


if __name__ == "__main__":
    main()
