"""Tell somebody by another way when Slack does not take alerts: a second webhook, else the operations topic.

At once when Slack refuses for good, since nobody may notice for hours; the alerts stay in the queue as well.
When Slack is merely away, once it has kept an alert waiting for three minutes, and once an hour from then on.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from notify_slack.blocks import headline
from notify_slack.errors import NotifyError
from notify_slack.mrkdwn import clip, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from notify_slack.ledger import Ledger
    from notify_slack.model import Routed

    Send = Callable[[Sequence[Routed], float], object]  # posts them before a deadline; raises NotifyError
    Publish = Callable[[str, str], object]  # subject and text; raises whatever it likes

OUTAGE_SECONDS = 180.0  # at the latest try within the next two minutes it is told: within five in all
AGAIN_SECONDS = 3600.0
OUTAGE = "outage"  # the ledger's note of the last time
MEMORY_KEYS = 10_000
LINES = 500  # a batch is no longer, and SNS takes 256 KB
LINE_CHARS = 400
SUBJECT_CHARS = 100  # SNS's limit


class Fallback:
    """The other way, if there is one. `failed` hears of what goes wrong on it."""

    def __init__(
        self,
        name: str,
        send: Send | None,
        publish: Publish | None,
        ledger: Ledger | None,
        failed: Callable[[Exception], None],
    ) -> None:
        self._name = name
        self._send = send
        self._publish = publish
        self._ledger = ledger
        self._failed = failed
        self._told: OrderedDict[str, None] = OrderedDict()
        self._outage_at = 0

    def tell(self, routed: Sequence[Routed], why: str, deadline: float) -> list[Routed]:
        """Tell these alerts now, those that were not yet; return those that are told now."""
        fresh = [one for one in routed if not (one.alert.key and one.alert.key in self._told)]
        if not fresh or not self._deliver(fresh, why, deadline):
            return []
        for one in fresh:
            self._told[one.alert.key] = None
        while len(self._told) > MEMORY_KEYS:
            self._told.popitem(last=False)
        return fresh

    def outage(self, waiting: Sequence[Routed], oldest: float, now: float) -> bool:
        """Tell that Slack is away, if it is time. `oldest` and `now` are epoch seconds.

        Time is when the oldest alert has waited for three minutes, and an hour after the last telling.
        """
        if self._publish is None or now - oldest < OUTAGE_SECONDS:
            return False
        told = self._outage_at
        if self._ledger:
            told = self._outage_at = self._ledger.note(OUTAGE) or told
        if now - told / 1000 < AGAIN_SECONDS:
            return False
        if self._ledger and not self._ledger.take_note(OUTAGE, told):
            return False
        self._outage_at = int(now * 1000)
        minutes = round((now - oldest) / 60)
        return self._say(
            f"{self._name}: Slack takes no alerts",
            [f"Slack has not taken alerts for {minutes} min. They wait in the queue; some of them:"],
            waiting,
        )

    def over(self) -> None:
        """Slack took a message: the next outage is a new one."""
        if self._outage_at and self._ledger:
            self._ledger.clear_note(OUTAGE)
        self._outage_at = 0

    def _deliver(self, routed: Sequence[Routed], why: str, deadline: float) -> bool:
        if self._send:
            try:
                self._send(routed, deadline)
            except NotifyError as error:
                self._failed(error)
            else:
                return True
        lines = [f"These alerts are not in Slack: {why}", "They stay in the queue until it takes them."]
        return self._say(f"{self._name}: alerts that Slack refuses", lines, routed)

    def _say(self, subject: str, lines: Sequence[str], routed: Sequence[Routed]) -> bool:
        if self._publish is None:
            return False
        shown = [*lines, "", *(_line(one) for one in routed[:LINES])]
        if len(routed) > LINES:
            shown.append(f"… and {len(routed) - LINES} more")
        try:
            self._publish(clip(subject, SUBJECT_CHARS), "\n".join(shown))
        except Exception as error:  # noqa: BLE001  the alerts are still in the queue; somebody else's turn
            self._failed(error)
            return False
        return True


def _line(one: Routed) -> str:
    alert = one.alert
    where = " ".join(text for text in (alert.account, alert.region) if text)
    when = f"{alert.at:%Y-%m-%d %H:%M:%S} UTC" if alert.at else ""
    parts = (f"{one.severity}: {headline(alert)}", one_line(alert.brief), when, where)
    return clip(" · ".join(part for part in parts if part), LINE_CHARS)
