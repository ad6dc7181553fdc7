"""torchdiffeq, as its users call it: eager PyTorch, double precision, one thread."""

import importlib.metadata

import numpy as np
import torch
from torchdiffeq import odeint, odeint_adjoint, odeint_event

from cases import Case
from references import event_level
from weights import load
from worker import serve

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)

GRADIENTS = {
    "backprop dopri5": (odeint, {"method": "dopri5"}),
    "backprop dopri8": (odeint, {"method": "dopri8"}),
    "odeint_adjoint dopri5": (odeint_adjoint, {"method": "dopri5"}),
    "odeint_adjoint dopri5 seminorm": (odeint_adjoint, {"method": "dopri5", "adjoint_options": {"norm": "seminorm"}}),
}


class Spiral(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.A = torch.from_numpy(load("spiral_A"))

    def forward(self, t, h):
        return (h**3) @ self.A


class TanhResidual(torch.nn.Module):
    def __init__(self, prefix: str):
        super().__init__()
        W1, b1, W2, b2 = (torch.from_numpy(load(f"{prefix}_{name}")) for name in ("W1", "b1", "W2", "b2"))
        self.inner = torch.nn.Linear(W1.shape[1], W1.shape[0])
        self.outer = torch.nn.Linear(W2.shape[1], W2.shape[0])
        with torch.no_grad():
            for layer, weight, bias in ((self.inner, W1, b1), (self.outer, W2, b2)):
                layer.weight.copy_(weight)
                layer.bias.copy_(bias)

    def forward(self, t, h):
        return self.outer(torch.tanh(self.inner(h)))


class GradientFlow(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.W, self.b = torch.from_numpy(load("flow16_W")), torch.from_numpy(load("flow16_b"))

    def forward(self, t, h):
        return -torch.tanh(torch.nn.functional.linear(h, self.W, self.b)) @ self.W


def methods(case: Case) -> list[str]:
    if case.stiff:
        return []
    return list(GRADIENTS) if case.task == "gradient" else ["dopri5", "dopri8"]


def prepare(case: Case, method: str):
    return {"forward": forward, "gradient": gradient, "event": event}[case.task](case, method)


def forward(case: Case, method: str):
    field = Spiral() if case.problem == "spiral" else TanhResidual(case.problem)
    h0, depths = torch.from_numpy(np.load(case.array_file("h0"))), torch.tensor([0.0, case.horizon])

    def solve(tolerance: float):
        with torch.no_grad():
            return odeint(field, h0, depths, rtol=tolerance, atol=tolerance, method=method)[-1]

    return solve, lambda h: (h.numpy(), None)


def gradient(case: Case, method: str):
    field = TanhResidual(case.problem)
    h0, target = (torch.from_numpy(np.load(case.array_file(name))) for name in ("h0", "target"))
    depths = torch.tensor([0.0, case.horizon])
    integrate, options = GRADIENTS[method]

    def solve(tolerance: float):
        field.zero_grad()
        h = integrate(field, h0, depths, rtol=tolerance, atol=tolerance, **options)[-1]
        (0.5 * ((h - target) ** 2).sum() / case.batch).backward()
        return [parameter.grad for parameter in field.parameters()]

    return solve, lambda gradients: (torch.cat([g.ravel() for g in gradients]).numpy(), None)


def event(case: Case, method: str):
    field, level = GradientFlow(), event_level()
    h0, start = torch.from_numpy(np.load(case.array_file("h0"))[0]), torch.tensor(0.0)

    def crossing(t, h):
        return field(t, h).norm() - level

    def solve(tolerance: float):
        with torch.no_grad():
            return odeint_event(
                field, h0, start, event_fn=crossing, rtol=tolerance, atol=tolerance, method=method)[0]

    return solve, lambda depth: (depth.numpy(), None)


if __name__ == "__main__":
    serve(f"torchdiffeq {importlib.metadata.version('torchdiffeq')}, torch {torch.__version__}", methods, prepare)
