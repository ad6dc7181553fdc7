"""The comparisons of one run: each gives plain dictionaries for the report."""

from dataclasses import asdict

from cases import Case
from contestant import Contestant, Failure
from measuring import Choice, at_error, at_tolerance, choices, interleave, ratio, timing
from targets import EVENT_ERROR, FIXED_TOLERANCE, FORWARD_ERROR, GRADIENT_ERROR, SUNDIALS_TOLERANCE, Target


def described(choice: Choice, measurements: list) -> dict:
    return {
        "method": choice.method, "tolerance": choice.tolerance, "error": choice.error, "steps": choice.steps,
        **asdict(timing(measurements)),
    }


def error_asked(case: Case) -> float:
    return {"forward": FORWARD_ERROR, "gradient": GRADIENT_ERROR, "event": EVENT_ERROR}[case.task]


def find(contestant: Contestant, case: Case, method: str) -> Choice:
    """Forward cases at an error, the others at one tolerance."""
    if case.task == "forward":
        return at_error(contestant, case, method, FORWARD_ERROR)
    return at_tolerance(contestant, case, method, FIXED_TOLERANCE, repeat=3)


def against_peers(ours: Contestant, peers: list[Contestant], target: Target, rounds: int, failures: list[str]) -> dict:
    """Our best method and `auto` against the best method of each peer; gradients against every method of the peers."""
    case, asked, chosen = target.case, error_asked(target.case), {}
    mine = choices(ours, case, find, asked, failures)
    if mine:
        chosen["ours"] = mine[0]
    chosen.update({"auto": choice for choice in mine[1:] if choice.method == "auto"})
    for peer in peers:
        theirs = choices(peer, case, find, asked, failures)
        kept = theirs if case.task == "gradient" else theirs[:1]
        chosen.update({f"{peer.name} {choice.method}": choice for choice in kept})
    measured = interleave(chosen, rounds)
    rows = [
        {
            "peer": choice.contestant.name, **described(choice, measured[name]),
            "ratio": asdict(ratio(measured[name], measured["ours"])) if mine else None,
            "target_ratio": target.factors.get(choice.contestant.name),
        }
        for name, choice in chosen.items() if choice.contestant is not ours
    ]
    return {
        "title": case.title, **case.fields(), "error_asked": asked,
        "target_milliseconds": target.milliseconds,
        "ours": described(chosen["ours"], measured["ours"]) if mine else None,
        "auto": described(chosen["auto"], measured["auto"]) if "auto" in chosen else None,
        "peers": rows,
    }


def against_c(ours: Contestant, program: Contestant, case: Case, rounds: int, failures: list[str]) -> list[dict]:
    """Swift over SUNDIALS against the C program, method by method, at the same tolerances: the same steps."""
    rows = []
    for method in program.methods(case):
        try:
            swift, c = (at_tolerance(who, case, method, SUNDIALS_TOLERANCE, repeat=5) for who in (ours, program))
            measured = interleave({"swift": swift, "c": c}, rounds)
        except Failure as failure:
            failures.append(f"{case.title}: {failure}")
            continue
        rows.append({
            "problem": case.problem, "method": method, "swift": described(swift, measured["swift"]),
            "c": described(c, measured["c"]), "ratio": asdict(ratio(measured["swift"], measured["c"])),
        })
    return rows
