"""The results as text for a person, JSON, and JUnit's XML."""

from __future__ import annotations

import json
import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from alarmctl.scenarios.shorthand import told
from alarmctl.scenarios.timeline import draw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alarmctl.scenarios.checks import Failure, Result
    from alarmctl.scenarios.document import ScenarioError

WIDTH = 100
SHORT = 40  # expected and actual up to this stand on one line
WORD_CHARS = 48
NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Report:
    """All results, with the seconds that each took; errors are scenarios that could not be read."""

    results: tuple[tuple[Result, float], ...]
    errors: tuple[ScenarioError, ...]

    @property
    def passed(self) -> int:
        return sum(result.passed for result, _ in self.results)

    @property
    def failed(self) -> int:
        return len(self.results) - self.passed + len(self.errors)

    @property
    def summary(self) -> str:
        return f"{self.passed} passed, {self.failed} failed"


def text(report: Report, *, verbose: bool = False) -> str:
    """Failures with their timelines, all cases if `verbose`; the summary is the last line."""
    lines = [f"ERROR {error}" for error in report.errors]
    for result, _ in report.results:
        if verbose or not result.passed:
            lines += [*([""] if lines else []), *_case(result, verbose=verbose)]
    return "\n".join([*lines, *([""] if lines else []), report.summary])


def _case(result: Result, *, verbose: bool) -> Iterator[str]:
    case = result.case
    yield f"{'ok' if result.passed else 'FAIL'} {case.path}:{case.line}: {case.title}"
    if result.error:
        yield f"  {result.error}"
    for failure in result.failures:
        yield from _failure(failure)
    yield from (f"  {line}" for line in draw(result))
    for move in result.track.moves if result.track else ():
        states = f"{move.change.previous.value} -> {move.change.state.value}"
        yield from _wrapped(f"{told(move.at)} {states}: {move.change.state.reason}", "  ", "    ")
    if verbose:
        for one in result.told:
            yield f"  message at {told(one.at)}:"
            for line in one.text.splitlines():
                yield from _wrapped(line, "    ", "    ") if line else ("",)


def _failure(failure: Failure) -> Iterator[str]:
    if max(len(failure.expected), len(failure.actual)) <= SHORT and "\n" not in failure.actual:
        yield f"  line {failure.line}, {failure.what}: expected {failure.expected}, got {failure.actual}"
        return
    yield f"  line {failure.line}, {failure.what}:"
    for word, said in (("expected", failure.expected), ("got", failure.actual)):
        first, *rest = said.splitlines() or [""]
        yield from _wrapped(first, f"    {word:<8}  ", " " * 14)
        for line in rest:
            yield from _wrapped(line, " " * 14, " " * 14)


def _wrapped(line: str, first: str, others: str) -> list[str]:
    """Lines of a terminal's width; a long address, such as a console link, is cut visibly."""
    bar = "│ " if line.startswith("│ ") else ""
    return textwrap.wrap(
        " ".join(word if len(word) <= WORD_CHARS else f"{word[:WORD_CHARS]}…" for word in line.split(" ")),
        WIDTH,
        initial_indent=first,
        subsequent_indent=others + bar,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first.rstrip()]


def as_json(report: Report) -> str:
    """The results for a machine. Times are seconds from the start of the scenario."""
    return json.dumps(
        {
            "passed": report.passed,
            "failed": report.failed,
            "errors": [
                {
                    "file": str(error.path),
                    "line": error.line,
                    "scenario": error.scenario,
                    "message": str(error),
                }
                for error in report.errors
            ],
            "cases": [_as_json(result) for result, _ in report.results],
        },
        indent=2,
        ensure_ascii=False,
    )


def _as_json(result: Result) -> dict[str, Any]:
    case = result.case
    return {
        "file": str(case.path),
        "line": case.line,
        "scenario": case.scenario,
        "alarm": case.key,
        "passed": result.passed,
        "error": result.error or None,
        "failures": [
            {
                "line": failure.line,
                "what": failure.what,
                "expected": failure.expected,
                "actual": failure.actual,
            }
            for failure in result.failures
        ],
        "transitions": [
            {
                "at": move.at.total_seconds(),
                "from": move.change.previous.value,
                "to": move.change.state.value,
                "reason": move.change.state.reason,
            }
            for move in (result.track.moves if result.track else ())
        ],
        "messages": [{"at": one.at.total_seconds(), "text": one.text} for one in result.told],
    }


def junit(report: Report) -> str:
    """JUnit's XML: a suite for each file, a case for each alarm of a scenario."""
    root = ET.Element("testsuites", tests=str(len(report.results) + len(report.errors)))
    root.set("failures", str(sum(not result.passed for result, _ in report.results)))
    root.set("errors", str(len(report.errors)))
    paths = dict.fromkeys(
        [*(error.path for error in report.errors), *(result.case.path for result, _ in report.results)]
    )
    for path in paths:
        mine = [(result, seconds) for result, seconds in report.results if result.case.path == path]
        errors = [error for error in report.errors if error.path == path]
        suite = ET.SubElement(root, "testsuite", name=str(path))
        suite.set("tests", str(len(mine) + len(errors)))
        suite.set("failures", str(sum(not result.passed for result, _ in mine)))
        suite.set("errors", str(len(errors)))
        suite.set("time", f"{sum(seconds for _, seconds in mine):.3f}")
        for error in errors:
            case = _xml_case(suite, error.scenario or path.name, path.stem, 0.0)
            ET.SubElement(case, "error", message=_clean(str(error)))
        for result, seconds in mine:
            case = _xml_case(suite, result.case.title, f"{path.stem}.{result.case.key}", seconds)
            if not result.passed:
                first = result.error or "; ".join(
                    f"{one.what}: expected {one.expected}" for one in result.failures
                )
                told_all = "\n".join(_case(result, verbose=True))
                ET.SubElement(case, "failure", message=_clean(first)).text = _clean(told_all)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _xml_case(suite: ET.Element, name: str, group: str, seconds: float) -> ET.Element:
    return ET.SubElement(suite, "testcase", name=_clean(name), classname=_clean(group), time=f"{seconds:.3f}")


def _clean(said: str) -> str:
    """Without the characters that XML cannot hold."""
    return NO_XML.sub("\N{REPLACEMENT CHARACTER}", said)
