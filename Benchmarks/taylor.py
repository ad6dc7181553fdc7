"""Taylor's method in 80-bit arithmetic for the smooth fields: references to about 1e-17.

A field expands a state into Taylor coefficients h_k by recurrences (sums and products of power series), states in rows.
The step follows the decay of the last coefficients (Jorba and Zou, Exp. Math. 14, 2005).
"""

from dataclasses import dataclass

import numpy as np

Real = np.longdouble
ORDER = 32
TRUNCATION = Real(1e-20)


def product(x: np.ndarray, y: np.ndarray, k: int) -> np.ndarray:
    """Coefficient k of the product of two series."""
    return (x[: k + 1] * y[k::-1]).sum(axis=0)


def polynomial(coefficients: np.ndarray, t: Real) -> np.ndarray:
    value = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        value = value * t + coefficient
    return value


class Spiral:
    """h' = h^3 A, the cube by components."""

    def __init__(self, A: np.ndarray):
        self.A = A.astype(Real)

    def expand(self, h0: np.ndarray, order: int) -> np.ndarray:
        h = np.zeros((order + 1, *h0.shape), Real)
        square = np.zeros_like(h)
        h[0] = h0
        for k in range(order):
            square[k] = product(h, h, k)
            h[k + 1] = product(square, h, k) @ self.A / (k + 1)
        return h


class TanhResidual:
    """h' = W2 tanh(W1 h + b1) + b2 with u = tanh(z), z = W1 h + b1, through u' = (1 - u^2) z'."""

    def __init__(self, W1: np.ndarray, b1: np.ndarray, W2: np.ndarray, b2: np.ndarray):
        self.W1, self.b1, self.W2, self.b2 = (x.astype(Real) for x in (W1, b1, W2, b2))

    @classmethod
    def gradient_flow(cls, W: np.ndarray, b: np.ndarray) -> "TanhResidual":
        """h' = -W^T tanh(W h + b)."""
        return cls(W, b, -W.T, np.zeros(W.shape[1]))

    def expand(self, h0: np.ndarray, order: int) -> np.ndarray:
        return self.expand_layers(h0, order)[0]

    def expand_layers(self, h0: np.ndarray, order: int):
        """The series of h, of u and of u' / z' = 1 - u^2."""
        h = np.zeros((order + 1, *h0.shape), Real)
        z, u, slope = (np.zeros((order + 1, len(h0), len(self.b1)), Real) for _ in range(3))
        h[0] = h0
        for k in range(order + 1):
            z[k] = h[k] @ self.W1.T
            if k == 0:
                z[0] += self.b1
                u[0] = np.tanh(z[0])
                slope[0] = 1 - u[0] * u[0]
            else:
                weighted = np.arange(1, k + 1).reshape(-1, 1, 1) * z[1 : k + 1]
                u[k] = product(weighted, slope, k - 1) / k
                slope[k] = -product(u, u, k)
            if k < order:
                h[k + 1] = (u[k] @ self.W2.T + (self.b2 if k == 0 else 0)) / (k + 1)
        return h, u, slope

    def speed(self, h: np.ndarray) -> np.ndarray:
        return np.tanh(h @ self.W1.T + self.b1) @ self.W2.T + self.b2


def step_length(series: np.ndarray) -> Real:
    """The step at which the last terms of every row fall to the truncation error."""
    order = len(series) - 1
    size = np.abs(series).reshape(order + 1, series.shape[1], -1).max(axis=2)
    lengths = [
        (TRUNCATION * size[0] / np.maximum(size[p], np.finfo(Real).tiny)) ** (Real(1) / p) for p in (order - 1, order)
    ]
    return np.minimum(*lengths).min()


@dataclass(frozen=True)
class Step:
    start: Real
    length: Real
    series: np.ndarray

    @property
    def end_state(self) -> np.ndarray:
        return polynomial(self.series, self.length)


def steps(field, h0: np.ndarray, horizon: float, order: int = ORDER):
    """Yields the steps from depth 0 to the horizon."""
    t, h, horizon = Real(0), h0.astype(Real), Real(horizon)
    while t < horizon:
        series = field.expand(h, order)
        step = Step(t, min(step_length(series), horizon - t), series)
        yield step
        t, h = (horizon, step.end_state) if t + step.length >= horizon else (t + step.length, step.end_state)


def final_state(field, h0: np.ndarray, horizon: float, order: int = ORDER) -> np.ndarray:
    for step in steps(field, h0, horizon, order):
        pass
    return step.end_state
