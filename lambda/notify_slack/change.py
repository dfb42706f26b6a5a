"""The alert of one resource that changed its state, which is all that many sources tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from notify_slack import parts, peek
from notify_slack.model import Alert, Severity, Status
from notify_slack.mrkdwn import one_line

if TYPE_CHECKING:
    from notify_slack.model import Field, Link

SEVERITIES = {Status.FIRING: Severity.WARNING}  # all other changes are for information


@dataclass(frozen=True, slots=True)
class Change:
    """`subject` `told`, such as "Athena query" "failed". `why` is the service's own text, as it came."""

    subject: str
    told: str
    state: str
    failed: bool
    why: str = ""
    fields: tuple[Field, ...] = ()
    links: tuple[Link, ...] = ()
    subject_key: str = ""

    def alert(self, name: str, event: object) -> Alert:
        """The alert of this kind."""
        status = Status.FIRING if self.failed else Status.NOTICE
        why = one_line(self.why)
        return Alert(
            kind=name,
            key=peek.text(event, "id"),
            title=parts.title(self.subject, status, self.told),
            status=status,
            state=one_line(self.state) or "unknown state",
            summary=parts.joined(f"{self.subject} {self.told}", parts.sentence(why)),
            brief=why or self.told,
            fields=parts.fields(*self.fields),
            links=parts.links(*self.links),
            subject_key=self.subject_key,
            suggested=SEVERITIES.get(status, Severity.INFO),
            **parts.origin(event),
        )
