"""What a check says: lines, each with a verdict and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from alarmctl.account import AWS_ERRORS, is_missing, word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from alarmctl.account import Account


class Verdict(StrEnum):
    """How it stands."""

    PASS = "pass"  # noqa: S105  a verdict
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Line:
    """One finding: which check, how it stands, what was seen, and what to do unless it passed."""

    check: str
    verdict: Verdict
    saw: str
    do: str = ""


@dataclass
class Findings:
    """The lines of one check, as they come."""

    check: str
    lines: list[Line] = field(default_factory=list)

    def passes(self, saw: str) -> None:
        """It is as it must be."""
        self.lines.append(Line(self.check, Verdict.PASS, saw))

    def fails(self, saw: str, do: str) -> None:
        """It is not, and this is what to do."""
        self.lines.append(Line(self.check, Verdict.FAIL, saw, do))

    def unknown(self, saw: str, do: str) -> None:
        """It cannot be told, and this is how to find out."""
        self.lines.append(Line(self.check, Verdict.UNKNOWN, saw, do))

    def requires(self, holds: object, saw: str, otherwise: str, do: str) -> None:
        """Passes with what was seen if it holds, else fails with the other sentence."""
        if holds:
            self.passes(saw)
        else:
            self.fails(otherwise, do)


@dataclass(frozen=True)
class Check:
    """A check by name. `look` writes what it finds; what AWS refuses to tell becomes a line by itself."""

    name: str
    look: Callable[[Account, Findings], None]

    def run(self, account: Account) -> tuple[Line, ...]:
        """The check's lines; at least one. Raises AccountError."""
        findings = Findings(self.name)
        try:
            self.look(account, findings)
        except AWS_ERRORS as error:
            if is_missing(error):
                findings.fails(f"it is not there ({word(error)})", "Run terraform apply.")
            else:
                findings.unknown(
                    f"AWS does not say ({word(error)})", f"Allow {_operation(error)}, or ask who may."
                )
        if not findings.lines:
            findings.passes("nothing to check")
        return tuple(findings.lines)


def _operation(error: Exception) -> str:
    return str(getattr(error, "operation_name", "") or "the call")


def worst(lines: Iterable[Line]) -> Verdict:
    """The verdict of all lines together."""
    seen = {line.verdict for line in lines}
    return next((one for one in (Verdict.FAIL, Verdict.UNKNOWN) if one in seen), Verdict.PASS)
