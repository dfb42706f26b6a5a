"""The doctor's findings as text or JSON."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING

from alarmctl.doctor.model import Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alarmctl.doctor.model import Line

MARKS = {Verdict.PASS: "ok  ", Verdict.FAIL: "FAIL", Verdict.UNKNOWN: "?   "}


def text(lines: Sequence[Line]) -> str:
    """A block per check, a line per finding; below what did not pass, what to do."""
    shown = []
    for check, found in groupby(lines, key=lambda line: line.check):
        shown.append(check)
        for line in found:
            shown.append(f"  {MARKS[line.verdict]} {line.saw}")
            if line.do:
                shown.append(f"       → {line.do}")
    counts = {verdict: sum(line.verdict is verdict for line in lines) for verdict in Verdict}
    shown.append(", ".join(f"{count} {verdict.value}" for verdict, count in counts.items()))
    return "\n".join(shown)


def as_json(lines: Sequence[Line]) -> str:
    """One object: the verdict of all, and each line."""
    found = [
        {"check": line.check, "verdict": line.verdict.value, "saw": line.saw, "do": line.do} for line in lines
    ]
    return json.dumps({"verdict": worst(lines).value, "lines": found}, indent=2, ensure_ascii=False)


FORMATS = {"text": text, "json": as_json}
