"""The C program over SUNDIALS as a contestant: what a user of the library would write by hand."""

import json
import subprocess
from pathlib import Path

import numpy as np

from cases import Case
from contestant import Failure, Measurement
from environment import BASELINE, CACHE, require, single_threaded


class SundialsProgram:
    name = "sundials"

    def __init__(self):
        require(BASELINE, "run 'make bench'")

    def methods(self, case: Case) -> list[str]:
        if case.task != "forward" or case.batch > 1:
            return []
        return ["cvode-bdf"] if case.stiff else ["erk-dormand-prince", "cvode-adams"]

    def measure(self, case: Case, method: str, tolerance: float, repeat: int, value: bool) -> Measurement:
        command = [
            str(BASELINE), case.problem, method, repr(tolerance), repr(case.absolute_tolerance(tolerance)),
            repr(case.horizon), str(repeat)]
        if case.problem.startswith("tanh"):
            command.append(str(flat_weights(case)))
        run = subprocess.run(command, capture_output=True, text=True, env=single_threaded())
        if run.returncode != 0:
            raise Failure(f"sundials: {run.stderr.strip() or f'exit code {run.returncode}'}")
        answer = json.loads(run.stdout)
        return Measurement(
            answer["seconds"], answer["cpu_seconds"], answer["state"] if value else None, answer["steps"])

    def version(self) -> str:
        run = subprocess.run([BASELINE, "--version"], capture_output=True, text=True)
        return run.stdout.strip()

    def close(self) -> None:
        pass


def flat_weights(case: Case) -> Path:
    """d, m, W1^T, b1, W2^T, b2 and the first initial state as doubles one after another: easy to read from C."""
    path = CACHE / f"{case.problem}.f64"
    if not path.exists():
        names = ("W1", "b1", "W2", "b2", "h0_1")
        W1, b1, W2, b2, h0 = (np.load(CACHE / f"{case.problem}_{name}.npy") for name in names)
        width, dimension = W1.shape
        np.concatenate([[dimension, width], W1.T.ravel(), b1, W2.T.ravel(), b2, h0[0]]).tofile(path)
    return path
