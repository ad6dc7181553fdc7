"""Radau IIA collocation with seven stages (order 13) in 80-bit arithmetic for the stiff problems: references to 1e-15.

Stages by Newton's method, residuals in 80 bits, linear systems in double. A step is accepted when two halves agree with
the whole; the halves are kept. Coefficients from their definition: nodes are the roots of P_s - P_{s-1} on [0, 1].
Source: Hairer and Wanner, Solving Ordinary Differential Equations II, section IV.5.
"""

import mpmath
import numpy as np

Real = np.longdouble
STAGES = 7
LOCAL_TOLERANCE = Real(1e-17)


def radau(stages: int) -> np.ndarray:
    """The matrix A; its last row is the weights."""
    with mpmath.workdps(60):
        higher, lower = (
            mpmath.taylor(lambda x, n=n: mpmath.legendre(n, 2 * x - 1), 0, n)[::-1] for n in (stages, stages - 1))
        difference = [a - b for a, b in zip(higher, [0, *lower])]
        nodes = sorted(mpmath.re(x) for x in mpmath.polyroots(difference, maxsteps=200, extraprec=200))
        powers = mpmath.matrix(stages, stages)
        integrals = mpmath.matrix(stages, stages)
        for i, c in enumerate(nodes):
            for k in range(stages):
                powers[i, k], integrals[i, k] = c**k, c ** (k + 1) / (k + 1)
        A = integrals * powers**-1
        return np.array([[Real(mpmath.nstr(A[i, j], 30)) for j in range(stages)] for i in range(stages)])


class NoConvergence(Exception):
    """Newton's iteration did not settle; the step must shrink."""


def one_step(A, f, jacobian, y: np.ndarray, length: Real, least: np.ndarray) -> np.ndarray:
    """One collocation step; `f` takes rows. Newton stops where rounding stops it."""
    stages, d = len(A), len(y)
    system = np.eye(stages * d) - float(length) * np.kron(A.astype(float), jacobian(y.astype(float)))
    inverse = np.linalg.inv(system)
    slopes, last = np.tile(f(y[None])[0], (stages, 1)), np.inf
    scale = np.maximum(np.abs(y), least)
    for _ in range(60):
        residual = slopes - f(y + length * (A @ slopes))
        change = (inverse @ residual.astype(float).ravel()).reshape(stages, d)
        slopes = slopes - change
        size = float(np.max(np.abs(length * change) / scale))
        if size < 1e-20 or (last < 1e-16 and size >= last / 2):
            return y + length * (A[-1] @ slopes)
        if not np.isfinite(size) or size > 1e6:
            break
        last = size
    raise NoConvergence


def final_state(f, jacobian, y0, horizon: float, first_step: float, least: np.ndarray) -> np.ndarray:
    """y(horizon). Errors are relative to each component, or to `least` where it is smaller."""
    A = radau(STAGES)
    t, y, length = Real(0), np.asarray(y0, Real), Real(first_step)
    horizon = Real(horizon)
    while t < horizon:
        length = min(length, horizon - t)
        try:
            whole = one_step(A, f, jacobian, y, length, least)
            middle = one_step(A, f, jacobian, y, length / 2, least)
            halves = one_step(A, f, jacobian, middle, length / 2, least)
            error = np.max(np.abs(whole - halves) / np.maximum(np.abs(halves), least))
        except NoConvergence:
            length /= 4
            continue
        factor = 0.8 * float(LOCAL_TOLERANCE / max(error, Real(1e-30))) ** (1 / (2 * STAGES))
        if error <= LOCAL_TOLERANCE:
            t, y = (horizon, halves) if length == horizon - t else (t + length, halves)
            factor = max(factor, 0.9)
        length *= Real(min(2.5, max(0.2, factor)))
    return y
