"""Weights, initial states and targets of the benchmark problems, made from seeds; the same bytes everywhere.

`python Benchmarks/weights.py` writes them to Benchmarks/.cache as PREFIX_NAME.npy: what `--weights PREFIX` reads.
"""

import numpy as np

from environment import CACHE

SAMPLES = 256
TANH_WIDTHS = {2: 16, 16: 32, 64: 128}


def generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def tanh_residual(dimension: int) -> dict[str, np.ndarray]:
    """h' = W2 tanh(W1 h + b1) + b2, scaled to order-one speeds that turn within a unit of depth."""
    width, normal = TANH_WIDTHS[dimension], generator(1000 + dimension).standard_normal
    return {
        "W1": 2.0 * normal((width, dimension)) / np.sqrt(dimension),
        "b1": 0.5 * normal(width),
        "W2": 2.0 * normal((dimension, width)) / np.sqrt(width),
        "b2": 0.1 * normal(dimension),
        "h0": normal((SAMPLES, dimension)),
        "target": normal((SAMPLES, dimension)),
    }


def gradient_flow(dimension: int) -> dict[str, np.ndarray]:
    """h' = -W^T tanh(W h + b): contracts, for events at a norm of the field."""
    normal = generator(2000 + dimension).standard_normal
    return {
        "W": normal((dimension, dimension)) / np.sqrt(dimension) + np.eye(dimension),
        "b": 0.5 * normal(dimension),
        "h0": 2 * normal((SAMPLES, dimension)),
    }


def spiral() -> dict[str, np.ndarray]:
    """h' = h^3 A (rows): the first sample is the classical (2, 0), the others lie around it."""
    start = np.array([2.0, 0.0])
    states = start + 0.3 * generator(7).standard_normal((SAMPLES, 2))
    states[0] = start
    return {"A": np.array([[-0.1, 2.0], [-2.0, -0.1]]), "h0": states}


def write() -> None:
    CACHE.mkdir(exist_ok=True)
    families = {f"tanh{d}": tanh_residual(d) for d in TANH_WIDTHS} | {"flow16": gradient_flow(16), "spiral": spiral()}
    for prefix, arrays in families.items():
        for name, array in arrays.items():
            np.save(CACHE / f"{prefix}_{name}.npy", array)
            if name in ("h0", "target"):  # a file of one row is one sample
                np.save(CACHE / f"{prefix}_{name}_1.npy", array[:1])


def load(name: str) -> np.ndarray:
    path = CACHE / f"{name}.npy"
    if not path.exists():
        write()
    return np.load(path)


if __name__ == "__main__":
    write()
