"""Post what was planned: hold each message's alerts in the ledger, post it, write down that it is there.

One message at a time, so that a process that dies loses the knowledge of one message at most. Nothing here
raises: each alert has its outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from notify_slack.errors import ConfigError, NotifyError, RejectedError, RetryableError
from notify_slack.known import NOTHING, Known, milliseconds
from notify_slack.model import Alert, Drop, Message, Routed, Severity, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from notify_slack.bot import Posted
    from notify_slack.dedupe import Memory
    from notify_slack.fallback import Fallback
    from notify_slack.ledger import Ledger
    from notify_slack.pipeline import Plan

CLAIMS = 3  # readings of the ledger, before alerts that others keep changing go back to the queue
DOUBTS = 3  # answers in one invocation after which Slack may have shown the message
LIMITS = 3  # 429s after which a message may be in the channel although Slack said no: it is marked
MOST_LIMITS = 10  # 429s to one message, while Slack takes others, after which the fallback gets it instead

HELD_SECONDS = 4.0  # what another worker holds is looked at again after so long; it is soon done

SUPERSEDED = "late, superseded"
REPEAT = "possible repeat"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one alert: posted, dropped for a reason, or failed by an error.

    `held`: another worker has it in hand, which is no failure.
    """

    alert: Alert
    severity: Severity | None = None
    drop: str | None = None
    error: NotifyError | None = None
    rung: int = 0
    held: bool = False
    routed: Routed | None = None


@dataclass(frozen=True)
class Desk:
    """All that posting needs from outside. `send` posts a message and returns the rung; raises NotifyError.

    `healthy`: has Slack taken another message just now? `threaded` adds to a message the one that it goes on
    with, and `posted` says where the last one that was sent stands; both are for bots' tokens.
    """

    send: Callable[[Message], int]
    render: Callable[[Sequence[Routed]], Message]
    memory: Memory
    ledger: Ledger | None = None
    fallback: Fallback | None = None
    healthy: Callable[[], bool] = lambda: False
    deadline: float = 0.0
    threaded: Callable[[Message, Known], Message] = lambda message, _: message
    posted: Callable[[Message], Posted | None] = lambda _: None

    def post(self, planned: Plan) -> tuple[Outcome, ...]:
        """Post each message; one outcome per alert.

        A refused message does not stop the next; an unreachable Slack or a dead webhook stops its own.
        """
        run = _Run(self, [Outcome(one.alert, one.severity, drop=one.reason) for one in planned.dropped])
        stopped: dict[tuple[str, str], NotifyError] = {}
        for place, message in enumerate(planned.messages):
            error = stopped.get(message.route.destination)
            if error is None:
                # What was read before the first message is still true; later it may not be.
                error = run.message(message, planned.known if place == 0 else None)
            else:
                run.failed(message.routed, error, NOTHING)
            if isinstance(error, RetryableError | ConfigError):
                stopped[message.route.destination] = error
        run.tell_elsewhere()
        if self.fallback and any(not (one.error or one.drop) for one in run.outcomes):
            self.fallback.over()
        return tuple(run.outcomes)


@dataclass
class _Run:
    """One invocation's outcomes as they come."""

    desk: Desk
    outcomes: list[Outcome]
    refused: list[tuple[Routed, NotifyError]] = field(default_factory=list)

    def message(self, message: Message, known: Known | None) -> NotifyError | None:
        """Post one message, or what is left of it; the error that stopped it."""
        kept, known = self._claim(message.routed, known)
        if not kept:
            return None
        message = message if kept == list(message.routed) else self.desk.render(kept)
        return self._post(self.desk.threaded(message, known), kept, known)

    def failed(self, routed: Sequence[Routed], error: NotifyError, known: Known) -> None:
        """These were not posted."""
        self.outcomes += [Outcome(one.alert, one.severity, error=error, routed=one) for one in routed]
        if not isinstance(error, RetryableError):
            self.refused += [(one, error) for one in routed if not known.told(one.alert).elsewhere]

    def tell_elsewhere(self) -> None:
        """What Slack refuses for good is told by the fallback, now."""
        if not (self.desk.fallback and self.refused):
            return
        routed, why = [one for one, _ in self.refused], str(self.refused[0][1])
        told = self.desk.fallback.tell(routed, why, self.desk.deadline)
        if self.desk.ledger and told:
            self.desk.ledger.note_elsewhere(told)

    def _claim(self, routed: Sequence[Routed], known: Known | None) -> tuple[list[Routed], Known]:
        """Those that are ours to post, as they are to be shown, and what was known when they became so."""
        ledger = self.desk.ledger
        if ledger is None:
            return list(routed), NOTHING
        alerts = [one.alert for one in routed]
        held: list[Routed] = list(routed)
        for _ in range(CLAIMS):
            seen = known or ledger.read(alerts)
            known = None
            kept, held, dropped = _sorted(routed, seen, ledger)
            if not kept or ledger.claim(kept, seen):
                break
        else:
            kept, held = [], [*kept, *held]
        self.outcomes += [Outcome(one.alert, one.severity, drop=reason) for one, reason in dropped]
        self.outcomes += [
            Outcome(one.alert, one.severity, error=_HELD, held=True, routed=one) for one in held
        ]
        return [_as_shown(one, seen, ledger) for one in kept], seen

    def _post(self, message: Message, kept: list[Routed], known: Known) -> NotifyError | None:
        doubts, limits = 0, 0
        while True:
            try:
                rung = self.desk.send(message)
            except RetryableError as error:
                doubts, limits = doubts + error.uncertain, limits + error.limits
                if error.uncertain and doubts < DOUBTS:
                    kept = [_with(one, REPEAT) for one in kept]
                    message = self.desk.threaded(self.desk.render(kept), known)
                    continue
                if self._hand_over(kept, known, limits):
                    return error
                failure: NotifyError = error
            except (ConfigError, RejectedError) as error:
                failure = error
            else:
                self._posted(kept, known, rung, self.desk.posted(message))
                return None
            if self.desk.ledger:
                self.desk.ledger.release(kept, doubts=doubts, limits=limits)
            self.failed(kept, failure, known)
            return failure

    def _posted(self, kept: Sequence[Routed], known: Known, rung: int, posted: Posted | None) -> None:
        if self.desk.ledger:
            self.desk.ledger.mark(kept, known, posted)
        for one in kept:
            self.desk.memory.remember(one.alert, one.arrived)
            self.outcomes.append(Outcome(one.alert, one.severity, rung=rung, routed=one))

    def _hand_over(self, kept: Sequence[Routed], known: Known, limits: int) -> bool:
        """Slack answers 429 to this message alone, perhaps after showing it: tell the fallback, and be done.

        Not while it takes nothing at all: then it does mean what it says.
        """
        most = max(limits + known.told(one.alert).limits for one in kept)
        if most < MOST_LIMITS or not self.desk.healthy() or self.desk.fallback is None:
            return False
        told = self.desk.fallback.tell(kept, f"Slack answered 429 {most} times.", self.desk.deadline)
        if len(told) < len(kept):
            return False
        if self.desk.ledger:
            self.desk.ledger.mark(kept, known)
        for one in kept:
            self.desk.memory.remember(one.alert, one.arrived)
            self.outcomes.append(Outcome(one.alert, one.severity, drop=Drop.ELSEWHERE))
        return True


_HELD = RetryableError("Another worker has it in hand.", wait=HELD_SECONDS)


def _sorted(
    routed: Sequence[Routed], known: Known, ledger: Ledger
) -> tuple[list[Routed], list[Routed], list[tuple[Routed, Drop]]]:
    """Those to post, those that another worker holds, and those that nobody needs any more."""
    kept, held, dropped = [], [], []
    for one in routed:
        told = known.told(one.alert)
        if told.severity is not None and told.severity.rank <= one.arrived.rank:
            dropped.append((one, Drop.DUPLICATE))
        elif one.alert.reminder and not _is_newest(one.alert, known):
            dropped.append((one, Drop.OVER))
        elif ledger.free(one.alert, known):
            kept.append(one)
        else:
            held.append(one)
    return kept, held, dropped


def _as_shown(one: Routed, known: Known, ledger: Ledger) -> Routed:
    """With the marks that the ledger's knowledge asks for."""
    told = known.told(one.alert)
    if not _is_newest(one.alert, known):
        one = _with(one, SUPERSEDED)
    if told.doubts or told.limits >= LIMITS or ledger.was_dropped(one.alert, known):
        one = _with(one, REPEAT)
    return one


def _is_newest(alert: Alert, known: Known) -> bool:
    ordered = alert.at is not None and alert.subject_key and alert.status is not Status.NOTICE
    return not ordered or alert.at is None or milliseconds(alert.at) >= known.shown(alert).newest_at


def _with(one: Routed, mark: str) -> Routed:
    if mark in one.alert.marks:
        return one
    return replace(one, alert=replace(one.alert, marks=(*one.alert.marks, mark)))
