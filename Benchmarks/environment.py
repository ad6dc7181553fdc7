"""Where things lie, and the one place that decides how many threads a contestant may use: one."""

import os
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
CACHE = FOLDER / ".cache"
DEPTH = Path(os.environ.get("DEPTH", ROOT / ".build/release/depth"))
BASELINE = CACHE / "sundials_baseline"

_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # XLA sizes its pool by NPROC; with a pool of one, dispatching in place is the fastest
    "NPROC": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "JAX_CPU_ENABLE_ASYNC_DISPATCH": "false",
    "JAX_PLATFORMS": "cpu",
    "JAX_ENABLE_X64": "1",
}


def single_threaded() -> dict[str, str]:
    """The environment of every process that is measured."""
    return {**os.environ, **_ONE_THREAD}


def fail(message: str):
    """Ends the script with one clear line."""
    raise SystemExit(f"bench: {message}")


def require(path: Path, remedy: str) -> Path:
    if not path.exists():
        fail(f"{path} is missing; {remedy}")
    return path
