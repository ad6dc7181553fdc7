"""Reads runs and sweeps of the command `depth` into pandas and xarray, and runs the command.

    import optimal_depth as od

    done = od.depth("boundary", problem="ou-contraction", set={"a": 1, "c": 0.1}, at=1)
    done.results["boundary"]["radius"]

    run = od.Run("runs/digits")           # a run folder
    run.table("exits")                    # pandas
    run.paths()                           # xarray: dimensions path, exit, block, class, feature

    sweep = od.sweep("plan.toml", "runs/sweep")
    sweep.table                           # a row a task: swept keys, results, status, seconds
    sweep.grid(["boundary.radius"])       # xarray over the swept keys

It needs numpy and pandas, for arrays of several dimensions xarray, and for NetCDF netCDF4 or h5netcdf. It computes
nothing that the command computes. Errors are `DepthError`, each with one clear line.
"""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Union

import numpy
import pandas

if TYPE_CHECKING:
    import xarray

__all__ = ["Answer", "DepthError", "Run", "Sweep", "depth", "find_command", "sweep"]

PathLike = Union[str, "os.PathLike[str]"]

# Full precision: pandas reads numbers exactly by default from 3.1 on, and warns where it is told so.
_EXACT: dict[str, Any] = (
    {} if tuple(map(int, pandas.__version__.split(".")[:2])) >= (3, 1) else {"float_precision": "round_trip"}
)

# What a code means when the command says nothing.
_CODES = {
    1: "no answer", 2: "some tasks failed", 3: "unconverged", 64: "usage", 65: "bad data", 130: "interrupted",
}


class DepthError(Exception):
    """The command failed, or a folder is not what it should be.

    Attributes:
        code: the command's exit code (64 usage, 65 data, 3 unconverged, ...); None where no command was run.
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Answer:
    """The JSON object that the command printed."""

    command: str
    version: str
    configuration: dict[str, Any]
    status: str
    results: dict[str, Any]
    diagnostics: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def from_json(cls, text: str) -> "Answer":
        """Reads the object.

        Raises:
            DepthError: where the text is no such object.
        """
        try:
            members = json.loads(text)
            return cls(**{name: members[name] for name in cls.__dataclass_fields__})
        except (ValueError, KeyError, TypeError) as error:
            raise DepthError(f"the command's answer is no JSON object of depth: {error!r}") from None


def find_command() -> str:
    """The command: `$DEPTH`, else the one built in this repository, else `depth` in the PATH.

    Raises:
        DepthError: where there is none.
    """
    named = os.environ.get("DEPTH")
    if named:
        if not shutil.which(named):
            raise DepthError(f"DEPTH={named} is no executable; allowed: the path of the command depth")
        return named
    built = pathlib.Path(__file__).resolve().parent.parent / ".build" / "release" / "depth"
    found = str(built) if built.exists() else shutil.which("depth")
    if not found:
        raise DepthError("no command depth: run `make build`, install it, or set DEPTH to its path")
    return found


def depth(
    command: str,
    *arguments: Any,
    allow: Iterable[int] = (0,),
    timeout: float | None = None,
    folder: PathLike | None = None,
    **options: Any,
) -> Answer:
    """Runs `depth COMMAND ARGUMENTS --options --json`.

    Options are flags in snake_case: `at_depth=[0, 0.5]` repeats `--at-depth`, `at=(1, 0)` is one state, `set={"a": 1}`
    repeats `--set a=1`, `True` is a bare flag, `None` and `False` are left out. Numbers keep full precision.

    Args:
        allow: exit codes that are no error, as (0, 3) where a missed tolerance will do.
        timeout: seconds until the command is stopped.
        folder: where it runs; relative paths start there.

    Raises:
        DepthError: with the command's own line where it fails.
    """
    words = [find_command(), *command.split(), *map(str, arguments), *_flags(options), "--json"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=timeout, cwd=folder, check=False)
    except subprocess.TimeoutExpired:
        raise DepthError(f"depth {command} took longer than {timeout} s") from None
    except OSError as error:
        raise DepthError(f"cannot run {words[0]}: {error.strerror}") from None
    if done.returncode not in set(allow):
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        reason = lines[-1].removeprefix("depth: ") if lines else _CODES.get(done.returncode, "it said nothing")
        raise DepthError(f"depth {command}: {reason} (exit {done.returncode})", done.returncode)
    return Answer.from_json(done.stdout)


def _flags(options: Mapping[str, Any]) -> list[str]:
    """Keyword arguments as flags; values are attached by `=`, so that negative numbers are no flags."""
    flags: list[str] = []
    for name, value in options.items():
        flag = "--" + name.strip("_").replace("_", "-")
        if isinstance(value, Mapping):
            flags += [f"{flag}={key}={_text(entry)}" for key, entry in value.items()]
        elif isinstance(value, (list, set, range, numpy.ndarray)):
            flags += [f"{flag}={_text(entry)}" for entry in value]
        elif isinstance(value, (bool, numpy.bool_)):
            flags += [flag] if value else []
        elif value is not None:
            flags.append(f"{flag}={_text(value)}")
    return flags


def _text(value: Any) -> str:
    """A value as it is typed; a state of several numbers with commas."""
    if isinstance(value, (list, tuple, numpy.ndarray)):
        return ",".join(_text(entry) for entry in value)
    if isinstance(value, (float, numpy.floating)):
        return repr(float(value))
    return str(value)


class _Folder:
    """A folder with tables, JSON files and archives of arrays."""

    def __init__(self, path: PathLike) -> None:
        self.path = pathlib.Path(path)
        if not self.path.is_dir():
            raise DepthError(f"no such folder: {self.path}")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"

    def _file(self, name: str, kind: str) -> pathlib.Path:
        file = self.path / name
        if not file.is_file():
            there = sorted(entry.name for entry in self.path.glob(kind))
            raise DepthError(f"{self.path} has no {name}; it has: {', '.join(there) or 'none of the kind'}")
        return file

    def json(self, name: str) -> dict[str, Any]:
        """The object of a JSON file in the folder."""
        file = self._file(name, "*.json")
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise DepthError(f"{file} is no JSON: {error}") from None

    @property
    def tables(self) -> list[str]:
        """Names of the tables, without `.csv`."""
        return sorted(file.stem for file in self.path.glob("*.csv"))

    def read_table(self, name: str) -> pandas.DataFrame:
        """The table NAME.csv; an empty cell is missing."""
        file = self._file(f"{name}.csv", "*.csv")
        try:
            return pandas.read_csv(file, **_EXACT)
        except (ValueError, pandas.errors.ParserError) as error:
            raise DepthError(f"{file} is no table: {error}") from None

    def arrays(self, name: str) -> dict[str, numpy.ndarray]:
        """The arrays of an archive, as `paths.npz`."""
        file = self._file(name, "*.npz")
        try:
            with numpy.load(file, allow_pickle=False) as archive:
                return {key: archive[key] for key in archive.files}
        except (OSError, ValueError) as error:
            raise DepthError(f"{file} is no archive of arrays: {error}") from None

    @property
    def manifest(self) -> dict[str, Any]:
        """Where the numbers come from: version, commit, hashes."""
        return self.json("manifest.json")

    @property
    def configuration(self) -> dict[str, Any]:
        """The complete, resolved configuration."""
        return self.json("configuration.json")

    def changed_files(self) -> list[str]:
        """Files that are not what the manifest says: missing, or with another SHA-256."""
        def is_same(name: str, digest: str) -> bool:
            file = self.path / name
            return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == digest

        return [name for name, digest in self.manifest["files"].items() if not is_same(name, digest)]


class Run(_Folder):
    """A folder that `--output` left: configuration, manifest, results, tables, arrays.

    Raises:
        DepthError: where it is no folder of a finished run.
    """

    def __init__(self, path: PathLike) -> None:
        super().__init__(path)
        if not (self.path / "manifest.json").is_file():
            raise DepthError(f"{self.path} is no finished run folder (no manifest.json)")

    @property
    def results(self) -> dict[str, Any]:
        """The `results` of the command's object."""
        return self.json("results.json")["results"]

    def table(self, name: str) -> pandas.DataFrame:
        """A table of the run, as `exits` or `boundary`."""
        return self.read_table(name)

    def paths(self, name: str = "paths.npz") -> "xarray.Dataset":
        """Recorded paths: `loss` over path and exit, and whatever else was recorded.

        Dimensions: `path` (a sample, or an answer of one), `exit` 0...L, `block` 0...L-1, `class`, `feature`. `split` is 0
        train, 1 fit, 2 test.
        """
        return _paths(self.arrays(name))


# Dimensions of what an archive of paths may hold.
_PATH_DIMENSIONS: dict[str, Sequence[str]] = {
    "loss": ("path", "exit"), "logits": ("path", "exit", "class"), "features": ("path", "exit", "feature"),
    "residual_norm": ("path", "block"), "gate": ("path", "exit"), "halting_probability": ("path", "exit"),
    "label": ("path",), "split": ("path",), "group": ("path",), "lipschitz_constant": ("exit",),
}


def _paths(arrays: Mapping[str, numpy.ndarray]) -> "xarray.Dataset":
    xarray = _xarray()
    if "loss" not in arrays or arrays["loss"].ndim != 2:
        raise DepthError("these are no paths: allowed: an archive with `loss` [n, L+1]")
    variables = {}
    for name, values in arrays.items():
        dimensions = _PATH_DIMENSIONS.get(name, ())
        if len(dimensions) != values.ndim:
            dimensions = [f"{name}_{axis}" for axis in range(values.ndim)]
        if name in ("label", "split", "group") and numpy.all(values == numpy.round(values)):
            values = values.astype(int)
        variables[name] = (dimensions, values)
    dataset = xarray.Dataset(variables)
    sizes = {name: size for name, size in dataset.sizes.items() if name in ("path", "exit", "block")}
    return dataset.assign_coords({name: numpy.arange(size) for name, size in sizes.items()})


class Sweep(_Folder):
    """The folder of `depth sweep`; it may be unfinished, as far as its table was collected.

    Raises:
        DepthError: where it is no folder of a sweep.
    """

    def __init__(self, path: PathLike) -> None:
        super().__init__(path)
        if not (self.path / "plan.json").is_file():
            raise DepthError(f"{self.path} is no folder of a sweep (no plan.json)")

    @property
    def plan(self) -> dict[str, Any]:
        """The resolved plan: command, seed, fixed options, axes with every value."""
        return self.json("plan.json")

    @property
    def is_finished(self) -> bool:
        """Whether every task has a row."""
        return (self.path / "manifest.json").is_file()

    @property
    def table(self) -> pandas.DataFrame:
        """A row a task, in the order of the plan: swept keys first, then results, status and seconds."""
        if not (self.path / "results.csv").is_file():
            raise DepthError(f"{self.path} has no table yet; run: depth sweep collect {self.path}")
        return self.read_table("results")

    def query(self, sql: str) -> pandas.DataFrame:
        """A query of `results.sqlite`, read only: tables `results` (with `task` and `identity`) and `plan`."""
        file = self._file("results.sqlite", "*.sqlite")
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            return pandas.read_sql_query(sql, connection)
        except (sqlite3.Error, pandas.errors.DatabaseError) as error:
            raise DepthError(f"{file}: {error}") from None
        finally:
            connection.close()

    @property
    def failed(self) -> pandas.DataFrame:
        """The tasks that failed, with their reasons."""
        table = self.table
        return table[table["status"] == "failed"]

    @property
    def keys(self) -> list[str]:
        """Columns that were varied, `replicate` among them, `seed` only where the plan varies it."""
        table = self.table
        columns = list(table.columns)
        planned = [key for axis in self.plan["axes"] for key in axis["keys"]]
        # the table has standard names where a plan may have aliases: swept keys stand before replicate and seed
        ends = [columns.index(name) for name in ("replicate", "seed") if name in columns]
        swept = columns[: min(ends, default=0)]
        swept += [key for key in planned if key in columns and key not in swept]
        return swept + (["replicate"] if "replicate" in columns and "replicate" not in swept else [])

    def grid(self, columns: Sequence[str] | None = None) -> "xarray.Dataset":
        """Results over the swept keys, one dimension each; NaN where a task failed or is not there.

        Args:
            columns: results wanted (default: every column of numbers).

        Raises:
            DepthError: for an unknown column, and where tasks have equal keys.
        """
        _xarray()
        table, keys = self.table, self.keys
        if not keys:
            raise DepthError(f"{self.path} varies nothing; its results are in .table")
        if columns is None:
            others = set(keys) | {"seed", "seconds"}
            columns = [name for name in table.select_dtypes("number").columns if name not in others]
        unknown = [name for name in columns if name not in table.columns]
        if unknown:
            raise DepthError(f"no column {', '.join(unknown)}; there are: {', '.join(table.columns)}")
        indexed = table.set_index(keys)
        if indexed.index.has_duplicates:
            raise DepthError(f"several tasks have the same {', '.join(keys)}; use .table")
        return indexed[list(columns)].to_xarray()

    def arrays_dataset(self) -> "xarray.Dataset":
        """The arrays of all tasks, `arrays.nc`; close it when done."""
        return _open_netcdf(self._file("arrays.nc", "*.nc"))

    def task(self, identity: str) -> "Run | xarray.Dataset":
        """What one task left: its run folder, or its arrays (identities are in `results.sqlite`)."""
        folder = self.path / "tasks" / identity
        if folder.is_dir():
            return Run(folder)
        file = folder.with_suffix(".nc")
        if file.is_file():
            return _open_netcdf(file)
        raise DepthError(f"task {identity} left no files in {self.path / 'tasks'}")


def sweep(plan: PathLike, output: PathLike, **options: Any) -> Sweep:
    """Runs `depth sweep PLAN --output OUTPUT` and opens its folder; finished tasks are never run again.

    A folder that holds this sweep already is gone on with (`--resume`). Tasks that fail are rows of the table, no error.
    """
    if (pathlib.Path(output) / "plan.json").is_file():
        options.setdefault("resume", True)
    depth("sweep", plan, output=output, quiet=True, allow=(0, 2), **options)
    return Sweep(output)


def _xarray() -> Any:
    try:
        import xarray
    except ImportError:
        raise DepthError("xarray is not installed: pip install xarray netCDF4") from None
    return xarray


def _open_netcdf(file: pathlib.Path) -> "xarray.Dataset":
    xarray = _xarray()
    try:
        return xarray.open_dataset(file)
    except ImportError:
        raise DepthError("reading NetCDF needs netCDF4 or h5netcdf: pip install netCDF4") from None
    except (OSError, ValueError) as error:
        raise DepthError(f"{file} is no NetCDF file, or no reader is installed: {str(error).splitlines()[0]}") from None
