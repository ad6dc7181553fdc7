"""Gradients of a final loss for `tanh-residual`: the adjoint equation by Taylor's method, integrals by Gauss's rule.

    a' = -(df/dh)^T a,   dl/dtheta = integral of a^T df/dtheta,   a(T) = dl/dh(T),   dl/dh(0) = a(0).
States, adjoints and hidden layers have a row a sample. Independent of any discrete reverse sweep.
"""

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import legendre

from taylor import ORDER, Real, TanhResidual, polynomial, product, step_length, steps

NODES = 14


def gauss_rule(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights on [0, 1] in 80 bits: the double rule, polished by Newton."""
    basis = np.zeros(count + 1, Real)
    basis[-1] = 1
    x, slope = legendre.leggauss(count)[0].astype(Real), legendre.legder(basis)
    for _ in range(3):
        x = x - legendre.legval(x, basis) / legendre.legval(x, slope)
    weights = 2 / ((1 - x * x) * legendre.legval(x, slope) ** 2)
    return (x + 1) / 2, weights / 2


@dataclass
class Gradient:
    """Derivatives of a scalar by the weights and the initial states."""

    W1: np.ndarray
    b1: np.ndarray
    W2: np.ndarray
    b2: np.ndarray
    h0: np.ndarray

    @classmethod
    def zero(cls, field: TanhResidual) -> "Gradient":
        return cls(*(np.zeros_like(x) for x in (field.W1, field.b1, field.W2, field.b2)), np.zeros(0, Real))

    def add_pullback(self, h, u, slope, cotangent, weight, field: TanhResidual) -> np.ndarray:
        """Adds weight * cotangent^T df/dtheta at the states h; gives cotangent^T df/dh, a row a sample."""
        back = (cotangent @ field.W2) * slope
        self.W2 += weight * (cotangent.T @ u)
        self.b2 += weight * cotangent.sum(axis=0)
        self.W1 += weight * (back.T @ h)
        self.b1 += weight * back.sum(axis=0)
        return back @ field.W1

    def flat(self) -> np.ndarray:
        return np.concatenate([x.ravel() for x in (self.W1, self.b1, self.W2, self.b2)])


def adjoint_series(field: TanhResidual, slope: np.ndarray, a0: np.ndarray) -> np.ndarray:
    order = len(slope) - 1
    a = np.zeros((order + 1, *a0.shape), Real)
    v = np.zeros_like(slope)
    a[0] = a0
    for k in range(order):
        v[k] = a[k] @ field.W2
        a[k + 1] = -product(slope, v, k) @ field.W1 / (k + 1)
    return a


def sweep_back(field: TanhResidual, h0, horizon: float, terminal, order: int = ORDER) -> tuple[np.ndarray, Gradient]:
    """h(T) and the gradient of a loss whose derivative by h(T) is `terminal(h(T))`.

    The way back restarts from the states kept on the way forth, so that no error of h is amplified.
    """
    kept = [(step.start, step.length, step.end_state) for step in steps(field, h0, horizon, order)]
    gradient, (nodes, weights) = Gradient.zero(field), gauss_rule(NODES)
    a = terminal(kept[-1][2])
    for _, length, h in reversed(kept):
        remaining = length
        while remaining > 0:
            series, u, slope = field.expand_layers(h, order)
            adjoint = adjoint_series(field, slope, a)
            stride = min(step_length(series), step_length(adjoint), remaining)
            for node, weight in zip(nodes, weights):
                at = -stride * node
                state, hidden, cotangent = (polynomial(x, at) for x in (series, u, adjoint))
                gradient.add_pullback(state, hidden, 1 - hidden * hidden, cotangent, weight * stride, field)
            h, a = polynomial(series, -stride), polynomial(adjoint, -stride)
            remaining = Real(0) if stride == remaining else remaining - stride
    gradient.h0 = a
    return kept[-1][2], gradient
