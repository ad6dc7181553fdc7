"""What is solved: problems, tasks and how an answer's error is measured. Every contestant is handed these values."""

from dataclasses import asdict, dataclass

import numpy as np

from environment import CACHE
from references import reference


@dataclass(frozen=True)
class Case:
    """One task on one problem.

    task: "forward" (the state at the horizon), "gradient" (of mean_b |h_b(T) - target_b|^2 / 2 by the weights) or
    "event" (the depth at which ||f|| falls to a level).
    """

    task: str
    problem: str
    batch: int = 1

    @property
    def title(self) -> str:
        samples = f", {self.batch} samples" if self.batch > 1 else ""
        return f"{self.task} {self.problem}{samples}"

    @property
    def stiff(self) -> bool:
        return self.problem in ("van-der-pol", "robertson")

    @property
    def horizon(self) -> float:
        fixed = {"spiral": 25.0, "van-der-pol": 2000.0, "robertson": 1e5, "flow16": 1000.0}
        return fixed.get(self.problem, 1.0)

    @property
    def dimension(self) -> int:
        """Of a tanh-residual problem."""
        return int(self.problem.removeprefix("tanh"))

    def absolute_tolerance(self, relative: float) -> float:
        """Scaled to the smallest component of the stiff problems."""
        return relative * {"van-der-pol": 1e-3, "robertson": 1e-6}.get(self.problem, 1.0)

    def array_file(self, name: str):
        """The initial states or targets: a row a sample."""
        return CACHE / f"{self.problem}_{name}{'_1' if self.batch == 1 else ''}.npy"

    def error(self, value) -> float:
        """Relative 2-norm; the greatest relative error of a component where components differ by magnitudes."""
        value = np.asarray(value, float).ravel()
        if self.task == "event":
            exact = reference("event_flow16_depth")
        else:
            prefix = "gref" if self.task == "gradient" else "ref"
            exact = reference(f"{prefix}_{self.problem}_B{self.batch}").ravel()
        if value.shape != exact.shape or not np.all(np.isfinite(value)):
            return float("inf")
        if self.stiff:
            return float(np.max(np.abs(value - exact) / np.abs(exact)))
        return float(np.linalg.norm(value - exact) / np.linalg.norm(exact))

    def fields(self) -> dict:
        return asdict(self)
