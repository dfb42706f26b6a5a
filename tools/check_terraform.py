"""Check all Terraform: format, `terraform test` of every module, `validate` of every root folder.

The work happens in a copy of terraform/, so that nothing is written into the tree; every module of
the copy gets the lock file of the local environment, and so is tested with the provider that is pinned.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from alarmctl import terraform

ROOT = Path(__file__).resolve().parents[1]
LOCK = Path("environments/local/.terraform.lock.hcl")
PARALLEL = 2  # each test holds a provider process of several hundred MB


@dataclass(frozen=True)
class Check:
    """One thing to run in the copy: its name, its folder and terraform's arguments."""

    name: str
    folder: Path
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """How a check went, with terraform's output and the wall time it took."""

    check: Check
    passed: bool
    output: str
    seconds: float


def plan_checks(tree: Path) -> list[Check]:
    """Every check of a terraform/ folder: the format, each module's tests, each root folder's validity."""
    modules = sorted({path.parent for path in tree.glob("modules/*/*.tf")})
    roots = sorted(
        {
            path.parent
            for place in ("environments/*", "examples/*", "bootstrap")
            for path in tree.glob(f"{place}/*.tf")
        }
    )
    tested = modules + [folder for folder in roots if (folder / "tests").is_dir()]
    tests = [Check(f"test {_name(folder, tree)}", folder, ("test", "-no-color")) for folder in tested]
    valid = [Check(f"validate {_name(folder, tree)}", folder, ("validate", "-no-color")) for folder in roots]
    return [Check("fmt", tree, ("fmt", "-check", "-recursive", "-diff", "-no-color")), *tests, *valid]


def _name(folder: Path, tree: Path) -> str:
    return folder.relative_to(tree).as_posix()


@dataclass(frozen=True)
class Runner:
    """Which terraform, with which provider arguments, in which environment."""

    binary: Path
    plugins: tuple[str, ...]
    environment: dict[str, str]
    lock: Path

    def initialise(self, check: Check) -> Outcome:
        """`terraform init` without a backend. One at a time: the plugin cache is not made for more."""
        target = check.folder / self.lock.name
        locked = ("-lockfile=readonly",) if target.is_file() else ()
        if not locked and self.lock.is_file():
            shutil.copy(self.lock, target)
        return self._run(
            check, ("init", "-backend=false", "-input=false", "-no-color", *locked, *self.plugins)
        )

    def run(self, check: Check) -> Outcome:
        """Run one check; a module without a single test does not pass."""
        if check.arguments[0] == "test" and not any(check.folder.glob("tests/*.tftest.hcl")):
            return Outcome(check, passed=False, output="no tests/*.tftest.hcl", seconds=0)
        return self._run(check, check.arguments)

    def _run(self, check: Check, arguments: tuple[str, ...]) -> Outcome:
        started = time.monotonic()
        done = subprocess.run(
            [str(self.binary), f"-chdir={check.folder}", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.environment,
            check=False,
        )
        return Outcome(check, done.returncode == 0, done.stdout, time.monotonic() - started)


def runner(tree: Path) -> Runner:
    """A runner for this machine. Raises TerraformError where there is no usable Terraform."""
    cache = Path(os.environ.get("TF_PLUGIN_CACHE_DIR") or ROOT / ".tools/plugins")
    cache.mkdir(parents=True, exist_ok=True)
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}
    environment = terraform.environment(keys | {"TF_PLUGIN_CACHE_DIR": str(cache)})
    environment.pop("TF_DATA_DIR", None)  # each folder of the copy has its own
    return Runner(terraform.find(), terraform.plugin_arguments(), environment, tree / LOCK)


def check_all(tree: Path, only: Sequence[str] = ()) -> list[Outcome]:
    """Run the checks whose names hold a word of ONLY (all without it) on a copy of TREE, reporting each."""
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="terraform-") as folder:
        copy = Path(folder) / "terraform"
        shutil.copytree(tree, copy, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
        using = runner(copy)
        ready = []
        for one in plan_checks(copy):
            if only and not any(word in one.name for word in only):
                continue
            prepared = None if one.name == "fmt" else using.initialise(one)
            if prepared is None or prepared.passed:
                ready.append(one)
            else:
                outcomes.append(prepared)
                report(prepared)
        with ThreadPoolExecutor(PARALLEL) as pool:
            for outcome in pool.map(using.run, ready):
                outcomes.append(outcome)
                report(outcome)
    return outcomes


def report(outcome: Outcome) -> None:
    """One line for a check that passed; for one that failed, Terraform's own words too."""
    word = "ok  " if outcome.passed else "FAIL"
    counted = next((line for line in outcome.output.splitlines() if " passed, " in line), "")
    print(f"{word} {outcome.check.name} ({outcome.seconds:.1f} s) {counted}".rstrip(), flush=True)
    if not outcome.passed:
        print(outcome.output.rstrip(), flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Check the Terraform code; with words, only the checks whose names hold one of them."""
    parser = argparse.ArgumentParser(prog="tools/check_terraform.py", description=main.__doc__)
    parser.add_argument("only", nargs="*", help="such as `fmt`, `validate` or `modules/alert_topics`")
    options = parser.parse_args(argv)
    try:
        outcomes = check_all(ROOT / "terraform", options.only)
    except terraform.TerraformError as error:
        print(error, file=sys.stderr)
        return 1
    failed = sum(not outcome.passed for outcome in outcomes)
    print(f"terraform: {len(outcomes) - failed} passed, {failed} failed")
    return 1 if failed or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
