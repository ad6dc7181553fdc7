"""High-precision references of every benchmark, kept in Benchmarks/.cache; a second run makes only what is missing.

    python Benchmarks/references.py [--compare FOLDER]

Smooth fields by Taylor's method, stiff ones by collocation, gradients by the continuous adjoint, all in 80-bit
arithmetic. `--compare` reads ref_NAME_BN.npy and gref_NAME_BN.npy from FOLDER and prints the relative differences.
"""

import argparse
import time
from pathlib import Path

import numpy as np

import collocation
import stiff
import taylor
from environment import CACHE, fail
from event_reference import event_reference
from taylor_adjoint import sweep_back
from weights import SAMPLES, TANH_WIDTHS, load

# The share of the speed at the start that ends the event benchmark.
EVENT_SHARE = 0.05


def rows(name: str, batch: int) -> np.ndarray:
    return load(name)[:batch]


def tanh_field(d: int) -> taylor.TanhResidual:
    return taylor.TanhResidual(*(load(f"tanh{d}_{name}") for name in ("W1", "b1", "W2", "b2")))


def state_of_spiral(batch: int) -> np.ndarray:
    return taylor.final_state(taylor.Spiral(load("spiral_A")), rows("spiral_h0", batch), 25.0)


def state_of_tanh(d: int, batch: int) -> np.ndarray:
    return taylor.final_state(tanh_field(d), rows(f"tanh{d}_h0", batch), 1.0)


def gradient_of_tanh(d: int, batch: int) -> np.ndarray:
    """Of mean_b |h_b(1) - target_b|^2 / 2 by W1, b1, W2, b2, flat."""
    target = rows(f"tanh{d}_target", batch)
    _, gradient = sweep_back(tanh_field(d), rows(f"tanh{d}_h0", batch), 1.0, lambda h: (h - target) / batch)
    return gradient.flat()


def event_level() -> float:
    """||f|| at which the event benchmark stops, as a double that every contestant is given."""
    W, b, h0 = (load(f"flow16_{name}") for name in ("W", "b", "h0"))
    return float(EVENT_SHARE * np.linalg.norm(-np.tanh(h0[0] @ W.T + b) @ W))


def event(part: str) -> np.ndarray:
    return event_reference(load("flow16_W"), load("flow16_b"), rows("flow16_h0", 1), event_level())[part]


def recipes() -> dict:
    """A function for each reference's name."""
    made = {
        "ref_van-der-pol_B1": lambda: collocation.final_state(
            stiff.van_der_pol, stiff.van_der_pol_jacobian, [2, 0], 2000.0, 1e-6, stiff.VAN_DER_POL_LEAST),
        "ref_robertson_B1": lambda: collocation.final_state(
            stiff.robertson, stiff.robertson_jacobian, [1, 0, 0], 1e5, 1e-6, stiff.ROBERTSON_LEAST),
    }
    for batch in (1, SAMPLES):
        made[f"ref_spiral_B{batch}"] = lambda batch=batch: state_of_spiral(batch)
        for d in TANH_WIDTHS:
            made[f"ref_tanh{d}_B{batch}"] = lambda d=d, batch=batch: state_of_tanh(d, batch)
            made[f"gref_tanh{d}_B{batch}"] = lambda d=d, batch=batch: gradient_of_tanh(d, batch)
    for part in ("depth", "initial", "W", "b"):
        made[f"event_flow16_{part}"] = lambda part=part: event(part)
    return made


def reference(name: str) -> np.ndarray:
    """A reference in double, from the cache or made now."""
    path = CACHE / f"{name}.npy"
    if not path.exists():
        value = np.asarray(recipes()[name](), np.float64)
        partial = CACHE / f"partial_{name}.npy"
        np.save(partial, value)
        partial.rename(path)
    return np.load(path)


def compare(folder: Path) -> None:
    files = sorted(path for path in folder.glob("*ref_*_B*.npy") if path.stem in recipes())
    for path in files:
        theirs, ours = np.load(path).ravel(), reference(path.stem).ravel()
        print(f"{path.stem}: relative difference {np.linalg.norm(theirs - ours) / np.linalg.norm(ours):.1e}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compare", type=Path, metavar="FOLDER")
    arguments = parser.parse_args()
    if np.finfo(np.longdouble).nmant < 63:
        fail("the references need 80-bit long doubles, as on x86-64")
    CACHE.mkdir(exist_ok=True)
    for name in recipes():
        start, was_there = time.perf_counter(), (CACHE / f"{name}.npy").exists()
        reference(name)
        print(f"{name}: {'there' if was_there else f'{time.perf_counter() - start:.1f} s'}", flush=True)
    if arguments.compare:
        compare(arguments.compare)


if __name__ == "__main__":
    main()
