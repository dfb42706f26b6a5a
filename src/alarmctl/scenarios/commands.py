"""`alarmctl test`."""

from __future__ import annotations

import argparse
import sys
import time
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alarmctl.scenarios import reading, report, shape
from alarmctl.scenarios.document import ScenarioError
from alarmctl.scenarios.report import Report
from alarmctl.scenarios.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alarmctl.scenarios.model import Case

FOLDER = "scenarios"
SUFFIXES = (".yaml", ".yml")
EPILOG = """\
A scenario says which values the metrics of an alarm have and what the alarm then does: its states, its
reasons, the messages in Slack. docs/scenarios.md is the manual; --schema prints a JSON schema for editors.

Exit codes: 0 all passed, 1 some failed, 2 wrong usage, or a scenario that cannot be read.
"""


def register(subparsers: Any) -> None:
    """Add `test` to the command line."""
    parser = subparsers.add_parser(
        "test",
        help="run scenarios: values in, the alarm's states and the messages in Slack out",
        description="Run scenarios against alarms, evaluated as CloudWatch evaluates them.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help=f"a scenario file, or a folder: all YAML in folders called {FOLDER}",
    )
    parser.add_argument(
        "--alarms",
        type=Path,
        metavar="FILE",
        help="test these alarms (plan JSON, or YAML by key) instead of those that the files name",
    )
    parser.add_argument(
        "--filter",
        metavar="TEXT",
        help="only scenarios whose name or alarm has this text, or matches it with *",
    )
    parser.add_argument("--format", choices=["text", "json"], default="text")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="also write the results as JUnit XML")
    parser.add_argument(
        "--verbose", action="store_true", help="show the timeline and the messages of what passed, too"
    )
    parser.add_argument("--schema", action="store_true", help="print the JSON schema of scenario files")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0 all passed, 1 some failed, 2 wrong usage or something that cannot be read."""
    if options.schema:
        print(shape.SCHEMA_FILE.read_text(encoding="utf-8"), end="")
        return 0
    if not options.paths:
        return _refuse("Give a scenario file or a folder. See alarmctl test --help.")
    try:
        files = list(_files(options.paths))
    except ScenarioError as error:
        return _refuse(str(error))
    sources = Sources()
    read = [reading.read(path, sources, options.alarms) for path in files]
    cases = [case for file in read for case in file.cases if _chosen(case, options.filter)]
    done = Report(tuple(map(_timed, cases)), tuple(error for file in read for error in file.errors))
    if not done.results and not done.errors:
        return _refuse(f"No scenario matches --filter {options.filter}.")
    if options.junit and not _write(options.junit, report.junit(done)):
        return 2
    if options.format == "json":
        print(report.as_json(done))
    else:
        print(report.text(done, verbose=options.verbose))
    return 2 if done.errors else 1 if done.failed else 0


def _refuse(sentence: str) -> int:
    print(f"alarmctl test: {sentence}", file=sys.stderr)
    return 2


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    """Files as given, each once; of a folder, the YAML in any called `scenarios`. Raises ScenarioError."""
    seen: set[Path] = set()
    for path in paths:
        for file in sorted(_below(path)) if path.is_dir() else [path]:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file


def _below(folder: Path) -> list[Path]:
    found = [
        file
        for file in folder.rglob("*")
        if file.suffix in SUFFIXES
        and FOLDER in file.resolve().parent.parts[len(folder.resolve().parts) - 1 :]
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    ]
    if not found:
        raise ScenarioError(folder, None, f"no YAML in a folder called {FOLDER} below it.")
    return found


def _chosen(case: Case, wanted: str | None) -> bool:
    if wanted is None:
        return True
    names = (case.title.lower(), case.key.lower())
    return any(wanted.lower() in name or fnmatchcase(name, wanted.lower()) for name in names)


def _timed(case: Case) -> tuple[Any, float]:
    from alarmctl.scenarios import checks  # noqa: PLC0415 -- the notifier and Slack are needed only to run

    began = time.perf_counter()
    result = checks.run(case)
    return result, time.perf_counter() - began


def _write(path: Path, text: str) -> bool:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        _refuse(f"{path}: {error.strerror or error}.")
        return False
    return True
