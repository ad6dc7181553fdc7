"""scipy's solve_ivp with fields in NumPy, for context."""

import numpy as np
import scipy
from scipy.integrate import solve_ivp

import stiff
from cases import Case
from references import event_level
from weights import load
from worker import serve

STIFF = {
    "van-der-pol": (stiff.van_der_pol, stiff.van_der_pol_jacobian, [2.0, 0.0]),
    "robertson": (stiff.robertson, stiff.robertson_jacobian, [1.0, 0.0, 0.0]),
}


def methods(case: Case) -> list[str]:
    if case.task == "gradient":
        return []
    return ["Radau", "BDF", "LSODA"] if case.stiff else ["RK45", "DOP853"]


def field_of(case: Case):
    """A field of rows of states."""
    if case.problem == "spiral":
        A = load("spiral_A")
        return lambda h: (h**3) @ A
    if case.problem == "flow16":
        W, b = load("flow16_W"), load("flow16_b")
        return lambda h: -np.tanh(h @ W.T + b) @ W
    W1, b1, W2, b2 = (load(f"{case.problem}_{name}") for name in ("W1", "b1", "W2", "b2"))
    return lambda h: np.tanh(h @ W1.T + b1) @ W2.T + b2


def prepare(case: Case, method: str):
    def read(solution):
        if not solution.success and solution.status != 1:
            raise RuntimeError(solution.message)
        value = solution.t_events[0] if case.task == "event" else solution.y[:, -1]
        return value, len(solution.t) - 1

    if case.stiff:
        field, jacobian, start = STIFF[case.problem]
        function, options = lambda t, y: field(y[None])[0], {"jac": lambda t, y: jacobian(y)}
    else:
        field, h0 = field_of(case), np.load(case.array_file("h0"))
        start, options = h0.ravel(), {}
        function = lambda t, y: field(y.reshape(h0.shape)).ravel()  # noqa: E731
    if case.task == "event":
        level = event_level()
        crossing = lambda t, y: np.linalg.norm(function(t, y)) - level  # noqa: E731
        crossing.terminal = True
        options["events"] = crossing

    def solve(tolerance: float):
        return solve_ivp(
            function, (0, case.horizon), start, method=method, rtol=tolerance,
            atol=case.absolute_tolerance(tolerance), **options)

    return solve, read


if __name__ == "__main__":
    serve(f"scipy {scipy.__version__}", methods, prepare)
