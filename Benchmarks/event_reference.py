"""The depth at which ||f(h)|| first falls to a level on `gradient-flow`, and its derivatives, in 80-bit arithmetic.

At the event t*, with g(h) = ||f(h)|| - level and rate = dg/dt along the flow,
    dt*/dp = -(dg/dp + (dg/dh) dh(t*)/dp) / rate      (implicit function theorem; the level is held fixed).
"""

import numpy as np

from taylor import Real, TanhResidual, polynomial, steps
from taylor_adjoint import sweep_back

HORIZON = 1000.0


def derivative(series: np.ndarray) -> np.ndarray:
    return np.arange(1, len(series)).reshape(-1, 1, 1) * series[1:]


def norm_and_rate(series: np.ndarray, t: Real) -> tuple[Real, Real]:
    """||h'|| and its rate at t inside a step."""
    speed, acceleration = polynomial(derivative(series), t), polynomial(derivative(derivative(series)), t)
    norm = np.sqrt((speed**2).sum())
    return norm, (speed * acceleration).sum() / norm


def event_depth(field: TanhResidual, h0: np.ndarray, level: float) -> tuple[Real, Real]:
    """t* by Newton on the Taylor polynomial of the step that crosses the level, and the rate there."""
    for step in steps(field, h0, HORIZON):
        if norm_and_rate(step.series, step.length)[0] > level:
            continue
        t = step.length
        for _ in range(50):
            norm, rate = norm_and_rate(step.series, t)
            change = (norm - level) / rate
            t -= change
            if abs(change) <= Real(1e-18) * (step.start + t):
                break
        return step.start + t, norm_and_rate(step.series, t)[1]
    raise ValueError(f"||f|| stays above {level} up to depth {HORIZON}")


def event_reference(W: np.ndarray, b: np.ndarray, h0: np.ndarray, level: float) -> dict[str, np.ndarray]:
    """depth, and its derivatives by h0, W and b."""
    field = TanhResidual.gradient_flow(W, b)
    depth, rate = event_depth(field, h0, level)
    direct = {}

    def terminal(h: np.ndarray) -> np.ndarray:
        speed = field.speed(h)
        direct.update(state=h, cotangent=speed / np.sqrt((speed**2).sum()))
        u = np.tanh(h @ field.W1.T + field.b1)
        return ((direct["cotangent"] @ field.W2) * (1 - u * u)) @ field.W1

    _, gradient = sweep_back(field, h0, depth, terminal)
    u = np.tanh(direct["state"] @ field.W1.T + field.b1)
    gradient.add_pullback(direct["state"], u, 1 - u * u, direct["cotangent"], Real(1), field)
    # W stands in both layers: W1 = W, W2 = -W^T
    by_weights = gradient.W1 - gradient.W2.T
    return {
        "depth": np.array([depth]),
        "initial": -gradient.h0[0] / rate,
        "W": -by_weights / rate,
        "b": -gradient.b1 / rate,
    }
