"""Checks the references in another way each: a lower order, a looser tolerance, differences. Seconds.

    python Benchmarks/check_references.py

States and gradients of one sample again at order 26; gradients and event derivatives against central differences in a
random direction, in 80-bit arithmetic; the stiff states at a hundred times the local tolerance and against the value of
the IVP test set (Mazzia and Magherini). Ends with exit code 1 if a difference exceeds its bound.
"""

import numpy as np

import collocation
import taylor
from environment import fail
from event_reference import event_depth
from references import event_level, recipes, reference, tanh_field
from taylor_adjoint import sweep_back
from weights import TANH_WIDTHS, generator, load

LOWER_ORDER = 26
IVP_TEST_SET = np.array([0.1706167732170483e1, -0.8928097010247975e-3])
STEP = taylor.Real(1e-4)
# The four-point central difference of order four.
DIFFERENCE = [(1, 8), (2, -1), (-1, -8), (-2, 1)]


def directional(function, point: list[np.ndarray], direction: list[np.ndarray]):
    def moved(k: int) -> list[np.ndarray]:
        return [x.astype(taylor.Real) + k * STEP * v for x, v in zip(point, direction)]

    return sum(weight * function(*moved(k)) for k, weight in DIFFERENCE) / (12 * STEP)


def relative(value, exact) -> float:
    value, exact = np.asarray(value).ravel(), np.asarray(exact).ravel()
    return float(np.linalg.norm(value - exact) / np.linalg.norm(exact))


def random_like(arrays: list[np.ndarray]) -> list[np.ndarray]:
    """A direction of unit length."""
    normal = generator(1).standard_normal
    direction = [normal(x.shape) for x in arrays]
    length = np.sqrt(sum((v**2).sum() for v in direction))
    return [v / length for v in direction]


def tanh_checks(d: int):
    field, h0, target = tanh_field(d), load(f"tanh{d}_h0_1"), load(f"tanh{d}_target_1")
    state, gradient = sweep_back(field, h0, 1.0, lambda h: h - target, LOWER_ORDER)
    yield f"tanh{d}: state at order {LOWER_ORDER}", relative(state, reference(f"ref_tanh{d}_B1")), 1e-15
    yield f"tanh{d}: gradient at order {LOWER_ORDER}", relative(gradient.flat(), reference(f"gref_tanh{d}_B1")), 1e-15

    def loss(*weights):
        h = taylor.final_state(taylor.TanhResidual(*weights), h0, 1.0)
        return 0.5 * ((h - target) ** 2).sum()

    point = [field.W1, field.b1, field.W2, field.b2]
    direction = random_like(point)
    along = reference(f"gref_tanh{d}_B1") @ np.concatenate([v.ravel() for v in direction])
    yield f"tanh{d}: gradient against differences", relative(directional(loss, point, direction), along), 1e-13


def event_checks():
    level, point = event_level(), [load("flow16_W"), load("flow16_b"), load("flow16_h0_1")]
    direction = random_like(point)

    def depth(W, b, h0):
        return event_depth(taylor.TanhResidual.gradient_flow(W, b), h0, level)[0]

    along = sum((reference(f"event_flow16_{name}") * v).sum() for name, v in zip(("W", "b", "initial"), direction))
    yield "event: derivatives against differences", relative(directional(depth, point, direction), along), 1e-13


def stiff_checks():
    exact = {name: reference(f"ref_{name}_B1") for name in ("van-der-pol", "robertson")}
    yield "van-der-pol: against the IVP test set", np.max(np.abs(IVP_TEST_SET / exact["van-der-pol"] - 1)), 1e-13
    collocation.LOCAL_TOLERANCE *= 100
    for name, value in exact.items():
        looser = recipes()[f"ref_{name}_B1"]()
        yield f"{name}: at a looser tolerance", np.max(np.abs(looser / value - 1)), 1e-14


def spiral_check():
    state = taylor.final_state(taylor.Spiral(load("spiral_A")), load("spiral_h0_1"), 25.0, LOWER_ORDER)
    yield f"spiral: state at order {LOWER_ORDER}", relative(state, reference("ref_spiral_B1")), 1e-15


def main() -> None:
    checks = [spiral_check(), *(tanh_checks(d) for d in TANH_WIDTHS), event_checks(), stiff_checks()]
    failed = 0
    for name, difference, bound in (row for check in checks for row in check):
        print(f"{name}: {float(difference):.1e} (at most {bound:.0e})", flush=True)
        failed += not difference <= bound
    if failed:
        fail(f"{failed} of the references are not confirmed")


if __name__ == "__main__":
    main()
