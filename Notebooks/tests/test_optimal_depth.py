"""Tests of `optimal_depth`: python -m unittest discover -s Notebooks/tests (make test-notebooks)."""

import hashlib
import json
import os
import pathlib
import sqlite3
import stat
import sys
import tempfile
import unittest

import numpy
import pandas

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import optimal_depth as od  # noqa: E402


def has_command():
    try:
        od.find_command()
    except od.DepthError:
        return False
    return True


class Folders(unittest.TestCase):
    """A scratch folder for each test."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        before = os.environ.get("DEPTH")
        self.addCleanup(lambda: os.environ.pop("DEPTH", None) if before is None else os.environ.update(DEPTH=before))

    def command(self, body):
        """A stand-in for the command: a Python script that sees its arguments in sys.argv."""
        file = self.folder / "depth"
        file.write_text(f"#!{sys.executable}\nimport json, sys\n{body}\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        os.environ["DEPTH"] = str(file)


class CommandTests(Folders):
    answer = (
        'print(json.dumps(dict(command="c", version="0", configuration={}, status="converged", '
        'results=dict(words=sys.argv[1:]), diagnostics={}, warnings=[])))'
    )

    def test_options_become_flags(self):
        self.command(self.answer)
        done = od.depth(
            "data list", "x", set={"a": 1, "c": 0.1}, at_depth=[0, 0.5], at=(1, -2.5), horizon=-1, json_too=None,
            quiet=True, estimate=False)
        self.assertEqual(done.results["words"], [
            "data", "list", "x", "--set=a=1", "--set=c=0.1", "--at-depth=0", "--at-depth=0.5", "--at=1,-2.5",
            "--horizon=-1", "--quiet", "--json"])

    def test_numbers_keep_full_precision(self):
        self.command(self.answer)
        words = od.depth("c", x=[numpy.float64(0.1) + 0.2, numpy.int64(3)]).results["words"]
        self.assertEqual(words[1:3], ["--x=0.30000000000000004", "--x=3"])

    def test_a_failure_is_the_commands_own_line(self):
        self.command('sys.stderr.write("progress\\ndepth: c is -1; allowed: positive numbers\\n"); sys.exit(64)')
        with self.assertRaisesRegex(od.DepthError, "depth boundary: c is -1; allowed: positive numbers .exit 64.") as caught:
            od.depth("boundary")
        self.assertEqual(caught.exception.code, 64)

    def test_an_allowed_code_is_an_answer(self):
        self.command(self.answer + "; sys.exit(3)")
        with self.assertRaises(od.DepthError):
            od.depth("boundary")
        self.assertEqual(od.depth("boundary", allow=(0, 3)).status, "converged")

    def test_other_output_is_refused(self):
        self.command('print("no json")')
        with self.assertRaisesRegex(od.DepthError, "no JSON object"):
            od.depth("boundary")

    def test_a_slow_command_is_stopped(self):
        self.command("import time; time.sleep(30)")
        with self.assertRaisesRegex(od.DepthError, "longer than 0.2 s"):
            od.depth("boundary", timeout=0.2)

    def test_a_missing_command_is_said(self):
        os.environ["DEPTH"] = str(self.folder / "nothing")
        with self.assertRaisesRegex(od.DepthError, "is no executable"):
            od.depth("boundary")


class RunTests(Folders):
    def make(self):
        run = self.folder / "run"
        run.mkdir()
        (run / "exits.csv").write_text("block,accuracy\n0,0.1\n1,\n")
        (run / "results.json").write_text('{"results": {"x": 1}}')
        digest = hashlib.sha256((run / "exits.csv").read_bytes()).hexdigest()
        (run / "manifest.json").write_text(json.dumps({"files": {"exits.csv": digest, "gone.csv": "0"}}))
        numpy.savez(
            run / "paths.npz", loss=numpy.arange(6.0).reshape(2, 3), label=numpy.array([0.0, 4.0]),
            residual_norm=numpy.ones((2, 2)), operations=numpy.ones((3, 3)))
        return od.Run(run)

    def test_tables_keep_missing_cells_and_full_precision(self):
        run = self.make()
        (run.path / "b.csv").write_text("boundary\n0.1341611340980225\n0.30000000000000004\n")
        self.assertEqual(run.tables, ["b", "exits"])
        self.assertEqual(run.table("b")["boundary"].tolist(), [0.1341611340980225, 0.30000000000000004])
        self.assertTrue(numpy.isnan(run.table("exits")["accuracy"][1]))
        self.assertEqual(run.results, {"x": 1})

    def test_numbers_are_read_exactly(self):
        run = self.make()
        numbers = numpy.random.default_rng(1).standard_normal(2000) * 10.0 ** numpy.arange(-1000, 1000).clip(-300, 300)
        (run.path / "n.csv").write_text("x\n" + "\n".join(map(repr, numbers.tolist())) + "\n")
        self.assertTrue(numpy.array_equal(run.table("n")["x"].to_numpy(), numbers))

    def test_paths_have_named_dimensions(self):
        paths = self.make().paths()
        self.assertEqual(paths["loss"].dims, ("path", "exit"))
        self.assertEqual(paths["residual_norm"].dims, ("path", "block"))
        self.assertEqual(dict(paths.sizes)["exit"], 3)
        self.assertEqual(paths["label"].dtype.kind, "i")
        self.assertEqual(paths["operations"].dims, ("operations_0", "operations_1"))
        self.assertEqual(float(paths["loss"].sel(path=1, exit=2)), 5.0)

    def test_changed_files_are_found(self):
        self.assertEqual(self.make().changed_files(), ["gone.csv"])

    def test_what_is_missing_is_named_with_what_is_there(self):
        run = self.make()
        with self.assertRaisesRegex(od.DepthError, "has no training.csv; it has: exits.csv"):
            run.table("training")
        with self.assertRaisesRegex(od.DepthError, "no such folder"):
            od.Run(self.folder / "none")
        with self.assertRaisesRegex(od.DepthError, "no finished run folder"):
            od.Run(self.folder)
        (run.path / "bad.json").write_text("{")
        with self.assertRaisesRegex(od.DepthError, "is no JSON"):
            run.json("bad.json")
        (run.path / "bad.npz").write_bytes(b"nothing")
        with self.assertRaisesRegex(od.DepthError, "no archive"):
            run.arrays("bad.npz")


class SweepTests(Folders):
    def make(self, rows=None):
        folder = self.folder / "sweep"
        folder.mkdir()
        axes = [{"keys": ["a"], "rows": [[1], [2]]}, {"keys": ["running_cost"], "rows": [[0.1], [0.2]]}]
        (folder / "plan.json").write_text(json.dumps({"command": "boundary", "seed": 1, "axes": axes, "replicates": 2}))
        rows = rows or [
            (a, c, r, 7 * a + r, a + c + r, "converged")
            for a in (1, 2) for c in (0.1, 0.2) for r in (0, 1)
        ]
        table = pandas.DataFrame(
            rows, columns=["contraction_rate", "running_cost", "replicate", "seed", "boundary.radius", "status"])
        table["seconds"] = 0.1
        table.to_csv(folder / "results.csv", index=False)
        with sqlite3.connect(folder / "results.sqlite") as connection:
            table.to_sql("results", connection, index_label="task")
        connection.close()
        return od.Sweep(folder)

    def test_keys_have_standard_names(self):
        sweep = self.make()
        self.assertEqual(sweep.keys, ["contraction_rate", "running_cost", "replicate"])
        self.assertEqual(len(sweep.table), 8)
        self.assertFalse(sweep.is_finished)

    def test_the_grid_has_a_dimension_a_key(self):
        grid = self.make().grid(["boundary.radius"])
        self.assertEqual(dict(grid.sizes), {"contraction_rate": 2, "running_cost": 2, "replicate": 2})
        radius = grid["boundary.radius"].sel(contraction_rate=2, running_cost=0.2, replicate=1)
        self.assertAlmostEqual(float(radius), 3.2, places=15)

    def test_a_missing_task_is_missing_in_the_grid(self):
        rows = [(1, 0.1, 0, 1, 5.0, "converged"), (2, 0.2, 0, 2, numpy.nan, "failed")]
        sweep = self.make(rows)
        grid = sweep.grid()
        self.assertEqual(list(grid), ["boundary.radius"])
        self.assertEqual(int(grid["boundary.radius"].count()), 1)
        self.assertEqual(sweep.failed["seed"].tolist(), [2])

    def test_equal_keys_and_unknown_columns_are_refused(self):
        sweep = self.make([(1, 0.1, 0, 1, 5.0, "converged"), (1, 0.1, 0, 2, 6.0, "converged")])
        with self.assertRaisesRegex(od.DepthError, "several tasks have the same"):
            sweep.grid()
        with self.assertRaisesRegex(od.DepthError, "no column boundary; there are: contraction_rate"):
            sweep.grid(["boundary"])

    def test_the_database_is_read_only(self):
        sweep = self.make()
        found = sweep.query("SELECT AVG([boundary.radius]) AS mean FROM results WHERE contraction_rate = 2")
        self.assertAlmostEqual(found["mean"][0], 2.65, places=12)
        with self.assertRaises(od.DepthError):
            sweep.query("DELETE FROM results")
        self.assertEqual(len(sweep.query("SELECT * FROM results")), 8)

    def test_arrays_open_in_xarray(self):
        import xarray

        sweep = self.make()
        xarray.Dataset({"curve": (("task", "point"), numpy.eye(3))}).to_netcdf(sweep.path / "arrays.nc")
        with sweep.arrays_dataset() as arrays:
            self.assertEqual(float(arrays["curve"].sum()), 3.0)
        with self.assertRaisesRegex(od.DepthError, "left no files"):
            sweep.task("0" * 32)

    def test_a_sweep_without_table_says_what_to_do(self):
        sweep = self.make()
        (sweep.path / "results.csv").unlink()
        with self.assertRaisesRegex(od.DepthError, "depth sweep collect"):
            _ = sweep.table
        with self.assertRaisesRegex(od.DepthError, "no folder of a sweep"):
            od.Sweep(self.folder)


@unittest.skipUnless(has_command(), "the command is not built")
class RealCommandTests(Folders):
    def test_the_boundary_of_ou_contraction(self):
        done = od.depth("boundary", problem="ou-contraction", set={"a": 1, "s": 0.5, "c": 0.1}, at=1)
        self.assertAlmostEqual(done.results["boundary"]["radius"], 0.134161134098, places=11)

    def test_a_run_folder(self):
        od.depth("boundary", problem="ou-contraction", at=[1, 2], output=self.folder / "run", quiet=True)
        run = od.Run(self.folder / "run")
        self.assertEqual(run.table("value")["state"].tolist(), [1, 2])
        self.assertEqual(run.changed_files(), [])

    def test_its_errors(self):
        with self.assertRaisesRegex(od.DepthError, "did you mean ou-contraction") as caught:
            od.depth("boundary", problem="ou-contractoin")
        self.assertEqual(caught.exception.code, 64)


if __name__ == "__main__":
    unittest.main()
