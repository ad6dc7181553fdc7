"""American puts by another route than the package's: the boundary equation as a ratio N/D (Andersen, Lake and Offengenden 2016,
equation A), (ln B/X)^2 as a Chebyshev series in the fourth root of the time to go, Newton's method with damping, tanh-sinh.

Strike 1. `value` gives V and the distance of two degrees, which stays below 1e-12 on the sets that are measured.
"""

import numpy as np
from numpy.polynomial import chebyshev
from scipy.special import ndtr


def density(x):
    return np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi)


def tanh_sinh(count, reach):
    """Nodes of (0, 1), their distance from 1, weights."""
    x, step = np.linspace(-reach, reach, count, retstep=True)
    g = np.pi / 2 * np.sinh(x)
    near, far = 1 / (1 + np.exp(-2 * g)), 1 / (1 + np.exp(2 * g))
    return near, far, step * np.pi * np.cosh(x) * near * far


class Put:
    """The boundary at one degree."""

    def __init__(self, rate, dividend, sigma, maturity, degree, quadrature=96):
        self.r, self.q, self.sigma, self.maturity = rate, dividend, sigma, maturity
        self.limit = min(1.0, rate / dividend) if dividend > 0 else 1.0
        self.rule = tanh_sinh(quadrature, 3.2)
        self.s = np.sin(np.pi * np.arange(degree + 1) / (2 * degree)) ** 2
        self.inverse = np.linalg.inv(chebyshev.chebvander(2 * self.s - 1, degree))
        self.tau = maturity * self.s[1:] ** 4
        self._solve()

    def _solve(self):
        half = (self.r - self.q) / self.sigma**2 - 0.5
        root = -half - np.sqrt(half**2 + 2 * self.r / self.sigma**2)
        far = np.log(root / (root - 1) / self.limit)
        # near expiry |ln(B/X)| is about 0.64 sigma sqrt(tau) where q > r, and larger where not
        start = 0.7 if self.limit < 1 else 2.0
        y = far * (1 - np.exp(start * self.sigma * np.sqrt(self.tau) / far))
        for _ in range(60):
            residual, jacobian = self._equation(y)
            step = np.linalg.solve(jacobian, -residual)
            largest = np.max(np.abs(step / y))
            y = np.minimum(y + step * min(1.0, 0.5 / largest), -1e-300)
            if np.max(np.abs(step)) < 1e-13:
                break
        self.coefficients = self.inverse @ np.concatenate([[0], y**2])

    def _curve(self, s):
        square = chebyshev.chebval(2 * s - 1, self.coefficients)
        return -np.sqrt(np.maximum(square, 0)), square

    def _equation(self, y):
        r, q, sigma, tau = self.r, self.q, self.sigma, self.tau
        self.coefficients = self.inverse @ np.concatenate([[0], y**2])
        z, rest, weights = self.rule
        share = (rest * (1 + z))[None]
        column = tau[:, None]
        t, root = column * z**2, sigma * np.sqrt(column) * z
        s = self.s[1:, None] * share**0.25
        curve, square = self._curve(s)
        d2 = (y[:, None] - curve + (r - q - sigma**2 / 2) * t) / root
        d1 = d2 + root
        w = 2 * column * z * weights
        deviation = sigma * np.sqrt(tau)
        level = y + np.log(self.limit)
        e2 = (level + (r - q - sigma**2 / 2) * tau) / deviation
        e1 = e2 + deviation
        gain = r * np.exp(-r * t) * density(d2) / root * w
        paid = q * np.exp(-q * t) * w
        n = np.exp(-r * tau) * density(e2) / deviation + gain.sum(1)
        d = np.exp(-q * tau) * (density(e1) / deviation + ndtr(e1)) + (paid * (ndtr(d1) + density(d1) / root)).sum(1)
        by_n = -gain * d2 / root
        by_d = paid * density(d1) * (1 / root - d1 / root**2)
        diagonal = 1 + (np.exp(-r * tau) * density(e2) * e2 / deviation**2 - by_n.sum(1)) / n
        diagonal += (np.exp(-q * tau) * density(e1) * (1 - e1 / deviation) / deviation + by_d.sum(1)) / d
        slope = np.where(square > 0, -0.5 / np.sqrt(np.maximum(square, 1e-300)), 0)
        moments = np.einsum(
            "im,imk->ik", (by_n / n[:, None] - by_d / d[:, None]) * slope,
            chebyshev.chebvander(2 * s - 1, len(self.s) - 1))
        return level - np.log(n / d), moments @ self.inverse[:, 1:] * (2 * y) + np.diag(diagonal)

    def value(self, state):
        r, q, sigma, tau = self.r, self.q, self.sigma, self.maturity
        if np.log(state / self.limit) <= self._curve(np.array(1.0))[0]:
            return 1 - state
        z, rest, weights = tanh_sinh(241, 3.4)
        t, root = tau * z**2, sigma * np.sqrt(tau) * z
        curve, _ = self._curve((rest * (1 + z)) ** 0.25)
        d2 = (np.log(state / self.limit) - curve + (r - q - sigma**2 / 2) * t) / root
        premium = r * np.exp(-r * t) * ndtr(-d2) - q * state * np.exp(-q * t) * ndtr(-d2 - root)
        e2 = (np.log(state) + (r - q - sigma**2 / 2) * tau) / (sigma * np.sqrt(tau))
        european = np.exp(-r * tau) * ndtr(-e2) - state * np.exp(-q * tau) * ndtr(-e2 - sigma * np.sqrt(tau))
        return european + np.sum(2 * tau * z * weights * premium)


def value(strike, state, rate, dividend, sigma, maturity):
    """V at degree 48, and its distance from degree 40, both relative to the strike."""
    fine, coarse = (Put(rate, dividend, sigma, maturity, degree).value(state / strike) for degree in (48, 40))
    return fine, abs(fine - coarse)
