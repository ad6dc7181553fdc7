"""10,000 boundaries of ou-contraction: `depth sweep` on two threads against two processes that solve and nothing else.

The processes are `depth boundary --cost-curve` with every other cost each: the same solves in one loop, no journal, no table. Rounds are
interleaved; wall time is of the whole command, checking the plan, the journals and both tables included. Peak memory is shown for sweeps
of 1,000 to 100,000 tasks. Writes sweep.md.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import time

from environment import CACHE, DEPTH, FOLDER, require, single_threaded

PROBLEM = ["--problem", "ou-contraction", "--set", "a=1", "--set", "s=0.5"]
PLAN = """command = "boundary"
seed = 1
[fixed]
problem = "ou-contraction"
a = 1
s = 0.5
at = 1
reference = false
[grid]
c = {{ log = [0.001, 1], count = {count} }}
"""


def run(*commands):
    """Wall seconds, processor seconds and largest peak memory (MB) of commands side by side."""
    start = time.perf_counter()
    processes = [
        subprocess.Popen([str(DEPTH), *command], env=single_threaded(), stdout=subprocess.DEVNULL) for command in commands]
    usages = []
    for process in processes:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(f"sweep: depth failed with {process.returncode}")
        usages.append(usage)
    wall = time.perf_counter() - start
    return wall, sum(u.ru_utime + u.ru_stime for u in usages), max(u.ru_maxrss for u in usages) / 1024


def sweep(count, jobs, folder):
    """One sweep into a new folder."""
    shutil.rmtree(folder, ignore_errors=True)
    plan = folder.with_suffix(".toml")
    plan.write_text(PLAN.format(count=count))
    return run(["sweep", str(plan), "--output", str(folder), "--jobs", str(jobs), "--quiet"])


def halves(values, jobs, folder):
    """The same tasks as independent sweeps of one thread each."""
    commands = []
    for k in range(jobs):
        part = folder.with_name(f"part-{k}")
        shutil.rmtree(part, ignore_errors=True)
        plan = part.with_suffix(".toml")
        plan.write_text(PLAN.format(count=2).split("[grid]")[0] + f"[grid]\nc = {values[k::jobs]}\n")
        commands.append(["sweep", str(plan), "--output", str(part), "--jobs", "1", "--quiet"])
    return run(*commands)


def costs(folder):
    """The costs that the sweep took, from its plan."""
    axes = json.loads((folder / "plan.json").read_text())["axes"]
    return [row[0] for row in next(axis["rows"] for axis in axes if axis["keys"] == ["c"])]


def bare(values, jobs):
    """The same solves in independent processes, one loop each."""
    return run(*[
        ["boundary", *PROBLEM, "--at", "1", "--cost-curve", ",".join(map(repr, values[k::jobs]))] for k in range(jobs)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    require(DEPTH, "make build")
    folder = CACHE / "sweep" / "sweep"
    folder.parent.mkdir(parents=True, exist_ok=True)
    sweep(options.tasks, options.jobs, folder)
    values = costs(folder)
    # a list on the command line may not be longer than the system allows
    assert max(len(",".join(map(repr, values[k::options.jobs]))) for k in range(options.jobs)) < 131_000
    swept, solved, parted = [], [], []
    for turn in range(options.rounds):
        first, second = (sweep, bare) if turn % 2 else (bare, sweep)
        for contestant in (first, second):
            if contestant is sweep:
                swept.append(sweep(options.tasks, options.jobs, folder))
            else:
                solved.append(bare(values, options.jobs))
        parted.append(halves(values, options.jobs, folder))
    memory = [(count, sweep(count, options.jobs, folder)) for count in (1_000, 10_000, 100_000)]
    report(options, swept, solved, parted, memory)


def report(options, swept, solved, parted, memory):
    ratios = [b[0] / a[0] for a, b in zip(swept, solved)]
    shared = [b[0] / a[0] for a, b in zip(swept, parted)]
    overhead = [(a[1] - b[1]) / options.tasks for a, b in zip(swept, solved)]
    lines = [
        "# Sweeps", "",
        f"{options.tasks} boundaries of `ou-contraction`, {options.jobs} at once, {options.rounds} interleaved rounds; medians (least, most).",
        "", "| | wall (s) | processor (s) | tasks a second |", "| --- | --- | --- | --- |"]
    for name, rounds in ((f"depth sweep --jobs {options.jobs}", swept), (f"{options.jobs} processes, solves alone", solved),
                         (f"{options.jobs} sweeps of a part each, --jobs 1", parted)):
        wall = statistics.median(r[0] for r in rounds)
        lines.append(f"| {name} | {wall:.3f} | {statistics.median(r[1] for r in rounds):.3f} | {options.tasks / wall:.0f} |")
    lines += [
        "",
        f"Throughput of the sweep over that of the processes: {statistics.median(ratios):.3f} ({min(ratios):.3f}, {max(ratios):.3f}).",
        f"Over that of independent sweeps of a part each: {statistics.median(shared):.3f} ({min(shared):.3f}, {max(shared):.3f}).",
        f"Processor time of the sweep beside the solves: {1e6 * statistics.median(overhead):.0f} us a task ({1e6 * min(overhead):.0f}, {1e6 * max(overhead):.0f}).",
        "", "| tasks | wall (s) | peak memory (MB) |", "| --- | --- | --- |"]
    lines += [f"| {count} | {wall:.2f} | {peak:.0f} |" for count, (wall, _, peak) in memory]
    (FOLDER / "sweep.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
