"""Whoever can solve a case: the interface, its measurement, and the client of a peer's worker process."""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Protocol

from cases import Case
from environment import FOLDER, fail, single_threaded


class Failure(Exception):
    """A contestant could not solve a case; the message says why."""


@dataclass(frozen=True)
class Measurement:
    """Medians over the repeats of one solve, after a warm-up."""

    seconds: float
    cpu_seconds: float
    value: list | None
    steps: int | None


class Contestant(Protocol):
    name: str

    def methods(self, case: Case) -> list[str]:
        """The methods to choose from; empty if it has none for the case."""

    def measure(self, case: Case, method: str, tolerance: float, repeat: int, value: bool) -> Measurement:
        """Solves once to warm up and `repeat` times for the medians. Throws `Failure`."""


class Peer:
    """A library in a long-lived process of its own, so that compiled functions stay warm."""

    def __init__(self, name: str):
        self.name = name
        # its messages to stderr are kept out of the report; a crash is told by the pipe
        self._process = subprocess.Popen(
            [sys.executable, FOLDER / f"{name}_worker.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, env=single_threaded())
        self._methods = {}

    def methods(self, case: Case) -> list[str]:
        if case not in self._methods:
            self._methods[case] = self._ask({"case": case.fields()})["methods"]
        return self._methods[case]

    def measure(self, case: Case, method: str, tolerance: float, repeat: int, value: bool) -> Measurement:
        answer = self._ask({
            "case": case.fields(), "method": method, "tolerance": tolerance, "repeat": repeat, "value": value})
        if "failure" in answer:
            raise Failure(f"{self.name} {method}: {answer['failure']}")
        return Measurement(**answer)

    def version(self) -> str:
        return self._ask({})["version"]

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()

    def _ask(self, request: dict) -> dict:
        try:
            print(json.dumps(request), file=self._process.stdin, flush=True)
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            fail(f"the {self.name} worker ended; run '{self.name}_worker.py --check' to see why")
        return json.loads(line)
