"""The loop of a peer's process: a request a line on stdin, an answer a line on stdout.

A library's worker hands `serve` its version, its methods for a case, and `prepare(case, method)`, which gives two
functions: of the tolerance, to solve; of what that returned, to read (value, steps). Prepared solvers are kept.
"""

import json
import os
import statistics
import sys
import time
from functools import lru_cache

from cases import Case


def serve(version: str, methods, prepare) -> None:
    if "--check" in sys.argv:
        return print(f"{version} is ready")
    # what a library prints must not get between the answers
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    prepared = lru_cache(maxsize=None)(prepare)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line), version, methods, prepared)), file=answers, flush=True)


def answer(request: dict, version: str, methods, prepare) -> dict:
    if "case" not in request:
        return {"version": version}
    case = Case(**request["case"])
    if "method" not in request:
        return {"methods": methods(case)}
    try:
        solve, read = prepare(case, request["method"])
        result, seconds, cpu_seconds = timed(lambda: solve(request["tolerance"]), request["repeat"])
        value, steps = read(result)
    except Exception as error:  # whatever a library throws is its answer
        return {"failure": f"{type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else ''}"}
    value = [float(x) for x in value.ravel()] if request["value"] else None
    return {"seconds": seconds, "cpu_seconds": cpu_seconds, "value": value, "steps": steps}


def timed(solve, repeat: int):
    """The last result and the medians of wall and processor seconds."""
    result, wall, cpu = solve(), [], []
    for _ in range(repeat):
        wall_start, cpu_start = time.perf_counter(), time.process_time()
        result = solve()
        cpu.append(time.process_time() - cpu_start)
        wall.append(time.perf_counter() - wall_start)
    return result, statistics.median(wall), statistics.median(cpu)
