"""diffrax, compiled by jax.jit with the tolerance as an argument, double precision, one thread.

A batch is one joint state or, under "/vmap", a solve a sample with its own steps.
"""

import importlib.metadata

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import optimistix

from cases import Case
from references import event_level
from weights import load
from worker import serve

# A gradient needs a bound on the number of steps for its checkpoints.
GRADIENT_STEPS = {"Tsit5": 512, "Dopri8": 256}
EVENT_STEPS = 4096


def spiral(t, h, A):
    return (h**3) @ A


def tanh_residual(t, h, weights):
    W1, b1, W2, b2 = weights
    return jnp.tanh(h @ W1.T + b1) @ W2.T + b2


def gradient_flow(t, h, weights):
    W, b = weights
    return -jnp.tanh(h @ W.T + b) @ W


def van_der_pol(t, h, _):
    x, v = h
    return jnp.stack([v, 1000.0 * (1 - x**2) * v - x])


def robertson(t, h, _):
    a, b, c = h
    slow, fast = 1e4 * b * c - 0.04 * a, 3e7 * b * b
    return jnp.stack([slow, -slow - fast, fast])


def arrays(prefix: str, *names: str):
    return tuple(jnp.asarray(load(f"{prefix}_{name}")) for name in names)


def field_of(case: Case):
    """The field, its weights and the initial states (a vector for one sample)."""
    if case.problem == "van-der-pol":
        return van_der_pol, None, jnp.array([2.0, 0.0])
    if case.problem == "robertson":
        return robertson, None, jnp.array([1.0, 0.0, 0.0])
    h0 = jnp.asarray(np.load(case.array_file("h0")))
    h0 = h0[0] if case.batch == 1 else h0
    if case.problem == "spiral":
        return spiral, arrays("spiral", "A")[0], h0
    if case.problem == "flow16":
        return gradient_flow, arrays("flow16", "W", "b"), h0
    return tanh_residual, arrays(case.problem, "W1", "b1", "W2", "b2"), h0


def methods(case: Case) -> list[str]:
    if case.stiff:
        return ["Kvaerno5"]
    explicit = ["Tsit5", "Dopri8"]
    batched = case.task == "forward" and case.batch > 1
    return explicit + [f"{name}/vmap" for name in explicit] if batched else explicit


def prepare(case: Case, method: str):
    return {"forward": forward, "gradient": gradient, "event": event}[case.task](case, method)


def integrate(case, field, solver, h0, weights, tolerance, **options):
    controller = diffrax.PIDController(rtol=tolerance, atol=case.absolute_tolerance(tolerance))
    return diffrax.diffeqsolve(
        diffrax.ODETerm(field), getattr(diffrax, solver)(), 0.0, case.horizon, None, h0, args=weights,
        stepsize_controller=controller, throw=False, **options)


def checked(value, steps, succeeded):
    """What a worker reads: (value, steps). An unfinished solve is no answer."""
    if not np.all(succeeded):
        raise RuntimeError("the solver did not reach the end")
    return np.asarray(value), int(np.max(steps))


def forward(case: Case, method: str):
    solver, _, mapped = method.partition("/")
    field, weights, h0 = field_of(case)

    def run(h0, weights, tolerance):
        solution = integrate(case, field, solver, h0, weights, tolerance, max_steps=None)
        return solution.ys[0], solution.stats["num_steps"], solution.result == diffrax.RESULTS.successful

    compiled = jax.jit(jax.vmap(run, (0, None, None)) if mapped else run)
    return lambda tolerance: jax.block_until_ready(compiled(h0, weights, tolerance)), lambda out: checked(*out)


def gradient(case: Case, method: str):
    field, weights, h0 = field_of(case)
    target = jnp.asarray(np.load(case.array_file("target")))

    def loss(weights, tolerance):
        solution = integrate(
            case, field, method, h0, weights, tolerance, max_steps=GRADIENT_STEPS[method],
            adjoint=diffrax.RecursiveCheckpointAdjoint())
        outcome = solution.stats["num_steps"], solution.result == diffrax.RESULTS.successful
        return 0.5 * jnp.sum((solution.ys[0] - target) ** 2) / case.batch, outcome

    compiled = jax.jit(jax.grad(loss, has_aux=True))

    def read(out):
        gradients, outcome = out
        return checked(np.concatenate([np.ravel(g) for g in gradients]), *outcome)

    return lambda tolerance: jax.block_until_ready(compiled(weights, tolerance)), read


def event(case: Case, method: str):
    field, weights, h0 = field_of(case)
    level = event_level()

    def crossing(t, y, args, **_):  # called by keyword
        return jnp.linalg.norm(field(t, y, args)) - level

    def run(h0, weights, tolerance):
        condition = diffrax.Event(crossing, optimistix.Newton(rtol=1e-12, atol=1e-12))
        solution = integrate(case, field, method, h0, weights, tolerance, max_steps=EVENT_STEPS, event=condition)
        return solution.ts[-1], solution.stats["num_steps"], solution.result == diffrax.RESULTS.event_occurred

    compiled = jax.jit(run)
    return lambda tolerance: jax.block_until_ready(compiled(h0, weights, tolerance)), lambda out: checked(*out)


if __name__ == "__main__":
    serve(f"diffrax {importlib.metadata.version('diffrax')}, jax {jax.__version__}", methods, prepare)
