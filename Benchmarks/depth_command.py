"""Our command as a contestant: `depth integrate` and `depth gradient` with --repeat, read from --json."""

import json
import subprocess

from cases import Case
from contestant import Failure, Measurement
from environment import CACHE, DEPTH, require, single_threaded
from references import event_level

INTEGRATORS = [
    "auto", "dormand-prince", "dop853", "erk-dormand-prince", "erk-verner", "erk-fehlberg", "cvode-adams"]
STIFF_INTEGRATORS = ["auto", "cvode-bdf"]


class DepthCommand:
    name = "depth"

    def __init__(self):
        require(DEPTH, "run 'make build' or set DEPTH to the command")

    def methods(self, case: Case) -> list[str]:
        if case.task == "gradient":
            return ["discrete"]
        return STIFF_INTEGRATORS if case.stiff else INTEGRATORS

    def measure(self, case: Case, method: str, tolerance: float, repeat: int, value: bool) -> Measurement:
        try:
            answer = self._run(arguments(case, method, tolerance) + ["--repeat", str(repeat)])
        except subprocess.CalledProcessError as error:
            lines = error.stderr.strip().splitlines() or [f"exit code {error.returncode}"]
            raise Failure(f"depth {method}: {lines[0].removeprefix('depth: ')}") from error
        results, diagnostics = answer["results"], answer["diagnostics"]
        return Measurement(
            diagnostics["seconds"], diagnostics["cpu_seconds"], read(case, results) if value else None,
            results.get("statistics", {}).get("steps"))

    def version(self) -> str:
        run = subprocess.run([DEPTH, "--version"], capture_output=True, text=True)
        return f"depth {run.stdout.strip()}"

    def close(self) -> None:
        pass

    def _run(self, arguments: list[str]) -> dict:
        # errors are measured here, against references: the command's own verdict must not end a round
        command = [str(DEPTH), *arguments, "--threads", "1", "--json", "--quiet", "--allow-unconverged"]
        run = subprocess.run(command, capture_output=True, text=True, env=single_threaded(), check=True)
        return json.loads(run.stdout)


def arguments(case: Case, method: str, tolerance: float) -> list[str]:
    """The command line of one case."""
    words = ["gradient" if case.task == "gradient" else "integrate"]
    if case.problem.startswith("tanh"):
        words += ["--problem", "tanh-residual", "--weights", str(CACHE / case.problem)]
    elif case.problem == "flow16":
        words += ["--problem", "gradient-flow", "--weights", str(CACHE / case.problem)]
    else:
        words += ["--problem", case.problem]
    if not case.stiff:  # the stiff problems start where the catalogue says
        words += ["--initial", str(case.array_file("h0"))]
    words += ["--horizon", repr(case.horizon), "--relative-tolerance", repr(tolerance)]
    words += ["--absolute-tolerance", repr(case.absolute_tolerance(tolerance))]
    if case.task == "gradient":
        return words + ["--target", str(case.array_file("target")), "--adjoint", method]
    if case.task == "event":
        words += ["--event", f"field-norm={event_level()!r}"]
    return words + ["--integrator", method]


def read(case: Case, results: dict) -> list:
    if case.task == "gradient":
        return results["gradient_parameters"]
    if case.task == "event":
        if results["event"] is None:
            raise Failure("depth: the event was not found")
        return [results["event"]["depth"]]
    return flatten(results["states"])


def flatten(rows) -> list:
    return [x for row in rows for x in flatten(row)] if isinstance(rows, list) else [rows]
