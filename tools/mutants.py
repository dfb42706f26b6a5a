"""Break each invariant of the Terraform modules in a copy, and show that its test notices.

A mutant is one change of tools/mutants.toml. It is killed when the invariant of its name fails; a mutant that
lives, or that Terraform itself refuses, fails the run: its invariant has then shown nothing.
"""

import argparse
import re
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools.check_terraform import PARALLEL, Check, Runner, runner

from alarmctl import terraform

ROOT = Path(__file__).resolve().parents[1]
TABLE = Path(__file__).with_suffix(".toml")
TESTS = "tests/invariants*.tftest.hcl"
IGNORED = shutil.ignore_patterns(".terraform", "*.tfstate*")

# An assertion's message begins with its invariant's name; a run that must refuse is an invariant by itself.
_NAMED = re.compile(r'error_message = "([a-z-]+): ')
_CALL = re.compile(r'^  source += "\.\./(\w+)"$', re.MULTILINE)
_REFUSING = re.compile(r'^run "(\w+)" \{\n  command\s+= plan\n  expect_failures', re.MULTILINE)


@dataclass(frozen=True)
class Mutant:
    """A change that an invariant must notice. Edits are (file of the module, old text, new text)."""

    invariant: str
    module: str
    edits: tuple[tuple[str, str, str], ...]


def read(path: Path = TABLE) -> tuple[Mutant, ...]:
    """The mutants of a table."""
    return tuple(
        Mutant(one["invariant"], one["module"], tuple((file, old, new) for file, old, new in one["edits"]))
        for one in tomllib.loads(path.read_text())["mutant"]
    )


def invariants(module: Path) -> dict[str, str]:
    """The names of a module's invariants, each with the file that tests it."""
    found: dict[str, str] = {}
    for path in sorted(module.glob(TESTS)):
        text = path.read_text()
        refusing = (name for name in _REFUSING.findall(text) if not name.startswith("refuses"))
        found |= dict.fromkeys([*_NAMED.findall(text), *refusing], f"tests/{path.name}")
    return found


def called(module: Path) -> set[str]:
    """The names of the modules beside it that a module calls."""
    return {name for path in module.glob("*.tf") for name in _CALL.findall(path.read_text())}


def apply(mutant: Mutant, module: Path) -> None:
    """Change a copy of the module. Raises ValueError when an old text does not stand there exactly once."""
    for file, old, new in mutant.edits:
        text = (module / file).read_text()
        if text.count(old) != 1:
            raise ValueError(
                f"{mutant.invariant}: {mutant.module}/{file} has {text.count(old)} times {old!r}; "
                f"change {TABLE.name} with the module."
            )
        (module / file).write_text(text.replace(old, new))


def was_killed(mutant: Mutant, output: str) -> bool:
    """Whether this output of `terraform test` says that the mutant's invariant failed."""
    name = re.escape(mutant.invariant)
    return bool(re.search(rf'^{name}: |^\s*run "{name}"\.\.\. fail', output, re.MULTILINE))


def _test(using: Runner, module: Path, file: str) -> tuple[bool, str]:
    outcome = using.run(Check(module.name, module, ("test", "-no-color", f"-filter={file}")))
    return outcome.passed, outcome.output


def _trial(using: Runner, ready: Path, place: Path, mutant: Mutant) -> str:
    """What is wrong with this mutant's invariant: nothing, when it is killed."""
    copy = place / mutant.module
    for name in (mutant.module, *called(ready / mutant.module)):
        shutil.copytree(ready / name, place / name, symlinks=True)
    file = invariants(copy)[mutant.invariant]
    apply(mutant, copy)
    passed, output = _test(using, copy, file)
    shutil.rmtree(place)
    if was_killed(mutant, output):
        return ""
    return "it lives" if passed else f"something else failed:\n{output}"


def run(mutants: Sequence[Mutant], modules: Path) -> int:
    """Try every mutant on copies of the modules, reporting each; how many were not killed."""
    lived = 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        ready = Path(folder) / "modules"
        using = runner(modules.parent)
        for name in sorted({mutant.module for mutant in mutants}):
            for copied in (name, *called(modules / name)):
                if not (ready / copied).exists():
                    shutil.copytree(modules / copied, ready / copied, ignore=IGNORED)
            outcome = using.initialise(Check(name, ready / name, ()))
            if not outcome.passed:
                raise terraform.TerraformError(f"{name}: terraform init failed:\n{outcome.output}")
            for file in sorted(set(invariants(ready / name).values())):
                passed, output = _test(using, ready / name, file)
                if not passed:
                    raise terraform.TerraformError(f"{name}: {file} fails without any mutant:\n{output}")
        with ThreadPoolExecutor(PARALLEL) as pool:
            trials = [
                pool.submit(_trial, using, ready, Path(folder) / str(number), mutant)
                for number, mutant in enumerate(mutants)
            ]
            for mutant, trial in zip(mutants, trials, strict=True):
                wrong = trial.result()
                lived += bool(wrong)
                print(
                    f"{'LIVES ' if wrong else 'killed'} {mutant.module}: {mutant.invariant} {wrong}".rstrip()
                )
    return lived


def main(argv: Sequence[str] | None = None) -> int:
    """Show that each invariant notices its mutants; with words, only those whose names hold one of them."""
    parser = argparse.ArgumentParser(prog="tools/mutants.py", description=main.__doc__)
    parser.add_argument("only", nargs="*", help="such as `slack_notifier` or `queue-redrives`")
    options = parser.parse_args(argv)
    chosen = [
        mutant
        for mutant in read()
        if not options.only or any(word in f"{mutant.module}: {mutant.invariant}" for word in options.only)
    ]
    try:
        lived = run(chosen, ROOT / "terraform/modules")
    except (terraform.TerraformError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    invariants_tried = len({(mutant.module, mutant.invariant) for mutant in chosen})
    print(f"mutants: {len(chosen) - lived} killed, {lived} live, of {invariants_tried} invariants")
    return 1 if lived or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
