"""What is compared, and what it must show: the least factor over each peer, and our milliseconds on a quiet machine."""

from dataclasses import dataclass, field

from cases import Case
from weights import SAMPLES

FORWARD_ERROR = 1e-6
# Gradients and events are compared at one tolerance; these errors must be reached there.
FIXED_TOLERANCE = 1e-8
GRADIENT_ERROR = 2e-8
EVENT_ERROR = 1e-9
# What calling SUNDIALS from Swift may cost, against C.
SUNDIALS_RATIO = 1.05
SUNDIALS_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Target:
    case: Case
    milliseconds: float | None = None
    factors: dict[str, float] = field(default_factory=dict)


BATCH = {"diffrax": 1.1, "torchdiffeq": 7}

FORWARD = [
    Target(Case("forward", "spiral"), 0.18, {"diffrax": 1}),
    Target(Case("forward", "tanh2"), 0.025, {"torchdiffeq": 500, "diffrax": 2}),
    Target(Case("forward", "tanh16"), 0.060, {"torchdiffeq": 200, "diffrax": 2}),
    Target(Case("forward", "tanh64"), 0.450, {"torchdiffeq": 40}),
    Target(Case("forward", "spiral", SAMPLES)),
    Target(Case("forward", "tanh2", SAMPLES), 1.0, BATCH),
    Target(Case("forward", "tanh16", SAMPLES), 2.8, BATCH),
    Target(Case("forward", "tanh64", SAMPLES), 22, BATCH),
]
STIFF = [
    Target(Case("forward", "van-der-pol"), 4, {"diffrax": 10}),
    Target(Case("forward", "robertson"), 1.2, {"diffrax": 3}),
]
GRADIENT = [
    Target(Case("gradient", "tanh2")),
    Target(Case("gradient", "tanh16"), 0.3),
    Target(Case("gradient", "tanh64"), 2.2),
    Target(Case("gradient", "tanh2", SAMPLES)),
    Target(Case("gradient", "tanh16", SAMPLES), 21),
    Target(Case("gradient", "tanh64", SAMPLES), 190),
]
EVENT = [Target(Case("event", "flow16"))]

FAMILIES = {"forward": FORWARD, "stiff": STIFF, "gradient": GRADIENT, "event": EVENT}
SUNDIALS = [target.case for target in FORWARD + STIFF if target.case.batch == 1]
