"""The two stiff fields of the benchmarks on rows of states, in their precision, and the Jacobians at one state."""

import numpy as np

STIFFNESS = 1000
RATES = (0.04, 1e4, 3e7)
# Below these sizes a component's error counts as absolute while a reference is computed.
ROBERTSON_LEAST = np.array([1e-3, 1e-9, 1e-6])
VAN_DER_POL_LEAST = np.array([1e-2, 1e-4])


def van_der_pol(y: np.ndarray) -> np.ndarray:
    """x'' = mu (1 - x^2) x' - x."""
    x, v = y.T
    return np.stack([v, STIFFNESS * (1 - x * x) * v - x], axis=1)


def van_der_pol_jacobian(y: np.ndarray) -> np.ndarray:
    x, v = y
    return np.array([[0, 1], [-2 * STIFFNESS * x * v - 1, STIFFNESS * (1 - x * x)]])


def robertson(y: np.ndarray) -> np.ndarray:
    a, b, c = y.T
    slow, fast = RATES[1] * b * c - RATES[0] * a, RATES[2] * b * b
    return np.stack([slow, -slow - fast, fast], axis=1)


def robertson_jacobian(y: np.ndarray) -> np.ndarray:
    k1, k2, k3 = RATES
    _, b, c = y
    return np.array([[-k1, k2 * c, k2 * b], [k1, -k2 * c - 2 * k3 * b, -k2 * b], [0, 2 * k3 * b, 0]])
