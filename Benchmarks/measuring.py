"""How two contestants are compared: the cheapest way to an error for each, then interleaved rounds."""

import statistics
from dataclasses import dataclass

from cases import Case
from contestant import Contestant, Failure

# Quarters of a decade: the tolerance that just reaches an error is found to within 5 % of the work.
TOLERANCES = [10 ** (-k / 4) for k in range(8, 53)]
# One block of repeats takes about so long, in processor seconds.
BLOCK_SECONDS = 0.2
MOST_REPEATS = 2000


@dataclass(frozen=True)
class Choice:
    """A contestant with the method and tolerance it is timed at."""

    contestant: Contestant
    case: Case
    method: str
    tolerance: float
    error: float
    steps: int | None
    cpu_seconds: float

    def measure(self, block: float = BLOCK_SECONDS):
        repeat = max(3, min(MOST_REPEATS, int(block / self.cpu_seconds)))
        return self.contestant.measure(self.case, self.method, self.tolerance, repeat, value=False)


def at_tolerance(contestant: Contestant, case: Case, method: str, tolerance: float, repeat: int = 1) -> Choice:
    found = contestant.measure(case, method, tolerance, repeat, value=True)
    return Choice(contestant, case, method, tolerance, case.error(found.value), found.steps, found.cpu_seconds)


def at_error(contestant: Contestant, case: Case, method: str, error: float) -> Choice:
    """The largest tolerance that reaches the error and still does one notch tighter, so that no lucky one is taken."""
    candidate = None
    for tolerance in TOLERANCES:
        choice = at_tolerance(contestant, case, method, tolerance)
        if choice.error > error:
            candidate = None
        elif candidate is not None:
            return at_tolerance(contestant, case, method, candidate.tolerance, repeat=5)
        else:
            candidate = choice
    raise Failure(f"{contestant.name} {method}: no tolerance reaches error {error:g}")


def choices(contestant: Contestant, case: Case, find, error: float, failures: list[str]) -> list[Choice]:
    """Every method of a contestant through `find`: those that reach the error first, the cheapest first of these.

    Failures are noted.
    """
    found = []
    for method in contestant.methods(case):
        try:
            found.append(find(contestant, case, method))
        except Failure as failure:
            failures.append(f"{case.title}: {failure}")
    return sorted(found, key=lambda choice: (choice.error > error, choice.cpu_seconds))


@dataclass(frozen=True)
class Timing:
    """Median milliseconds over the rounds."""

    milliseconds: float
    cpu_milliseconds: float


@dataclass(frozen=True)
class Ratio:
    """Processor time against another contestant's in the same rounds."""

    median: float
    least: float
    most: float


def interleave(chosen: dict[str, Choice], rounds: int) -> dict[str, list]:
    """Measures all of them in every round, so that they see the same machine; the order turns from round to round."""
    names = list(chosen)
    measured = {name: [] for name in names}
    for index in range(rounds):
        turn = index % len(names)
        for name in names[turn:] + names[:turn]:
            measured[name].append(chosen[name].measure())
    return measured


def timing(measurements: list) -> Timing:
    return Timing(
        1e3 * statistics.median(m.seconds for m in measurements),
        1e3 * statistics.median(m.cpu_seconds for m in measurements))


def ratio(numerators: list, denominators: list) -> Ratio:
    values = [a.cpu_seconds / b.cpu_seconds for a, b in zip(numerators, denominators)]
    return Ratio(statistics.median(values), min(values), max(values))
