"""Compares `depth` with its peers, interleaved in one run, and writes results.json and results.md.

    python Benchmarks/run.py [--only forward,stiff,gradient,event,sundials] [--problems spiral,...] [--rounds N]
"""

import argparse
import json
import os
import platform
import re
from pathlib import Path

import weights
from comparisons import against_c, against_peers
from contestant import Peer
from depth_command import DepthCommand
from environment import CACHE, FOLDER, fail
from report import markdown
from sundials_program import SundialsProgram
from targets import FAMILIES, SUNDIALS

PEERS = ["torchdiffeq", "diffrax", "scipy"]


def names(allowed: list[str]):
    """A parser of comma-separated names."""
    def parse(text: str) -> list[str]:
        chosen = text.split(",")
        unknown = [name for name in chosen if name not in allowed]
        if unknown:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; allowed: {', '.join(allowed)}")
        return chosen
    return parse


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    families = [*FAMILIES, "sundials"]
    problems = sorted({target.case.problem for targets in FAMILIES.values() for target in targets})
    parser.add_argument("--only", type=names(families), default=families, metavar="FAMILIES", help=", ".join(families))
    parser.add_argument("--problems", type=names(problems), default=problems, metavar="NAMES", help=", ".join(problems))
    parser.add_argument("--batch", type=int, choices=[1, weights.SAMPLES], help="only cases of so many samples")
    parser.add_argument("--peers", type=names(PEERS), default=PEERS, metavar="NAMES", help=", ".join(PEERS))
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds, at least 5 for a result")
    parser.add_argument("--output", type=Path, default=FOLDER / "results", help="prefix of the .json and .md")
    parsed = parser.parse_args()
    return parsed if parsed.rounds >= 1 else fail(f"--rounds {parsed.rounds}; allowed: at least 1")


def processor() -> str:
    info = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.*)", info.read_text()) if info.exists() else None
    return model[1] if model else platform.processor() or platform.machine()


def main() -> None:
    options = arguments()
    CACHE.mkdir(exist_ok=True)
    weights.write()
    ours, program = DepthCommand(), SundialsProgram()
    with_peers = any(family in options.only for family in FAMILIES)
    peers = [Peer(name) for name in options.peers] if with_peers else []
    failures: list[str] = []

    def wanted(case) -> bool:
        return case.problem in options.problems and options.batch in (None, case.batch)

    machine = {"processor": processor(), "cores": os.cpu_count(), "load_start": os.getloadavg()[0]}
    comparisons: dict[str, list] = {}
    for family in (family for family in FAMILIES if family in options.only):
        comparisons[family] = []
        for target in (target for target in FAMILIES[family] if wanted(target.case)):
            print(target.case.title, flush=True)
            comparisons[family].append(against_peers(ours, peers, target, options.rounds, failures))
    sundials = []
    for case in (case for case in SUNDIALS if wanted(case) and "sundials" in options.only):
        print(f"Swift over SUNDIALS: {case.title}", flush=True)
        sundials += against_c(ours, program, case, options.rounds, failures)

    results = {
        "machine": {**machine, "load_end": os.getloadavg()[0]}, "rounds": options.rounds,
        "versions": [who.version() for who in [ours, *peers, program]],
        "comparisons": comparisons, "sundials": sundials, "failures": failures,
    }
    for peer in peers:
        peer.close()
    options.output.with_suffix(".json").write_text(json.dumps(results, indent=1) + "\n")
    options.output.with_suffix(".md").write_text(markdown(results))
    print(f"written: {options.output.with_suffix('.md')}")


if __name__ == "__main__":
    main()
