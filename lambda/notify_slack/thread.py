"""Go on with the message that told of an alarm: change it when the alarm ends, and answer in its thread.

Only a bot's token can: chat.update needs the message's `ts`, which an incoming webhook is never told.
https://docs.slack.dev/reference/methods/chat.update and
https://docs.slack.dev/messaging/#threading
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from notify_slack.blocks import ICONS, LOCK_SCREEN_CHARS, WORDS, body, header, marks, moment, titled
from notify_slack.known import milliseconds
from notify_slack.model import Alert, Body, Message, Status, Thread
from notify_slack.mrkdwn import clip, escape, one_line, safe
from notify_slack.picture import alternative, illustrated
from notify_slack.post import REPEAT
from notify_slack.quantity import duration
from notify_slack.render import SUMMARY_CHARS, render

if TYPE_CHECKING:
    from notify_slack.config import Config
    from notify_slack.known import Known, Shown
    from notify_slack.model import Routed

# What becomes of the message that told of the alarm. Silence is shown as such: it is not the alarm's end.
UPDATED = {Status.FIRING: False, Status.RESOLVED: True, Status.NO_DATA: True, Status.NOTICE: False}


_TIMED = re.compile(r"^Resolved after [^.]+\. ")


def threaded(message: Message, known: Known, config: Config) -> Message:
    """The message with the one that it goes on with, if that is there and goes to the same place.

    What is new belongs into the channel: a digest, an alarm that fires, a state that is older than the shown.
    """
    if not config.bot.threads or len(message.routed) != 1:
        return message
    one = message.routed[0]
    shown = known.shown(one.alert)
    if not (_goes_on(one.alert, shown) and shown.open and shown.sent_to == one.route.place):
        return message
    update = _update(one, shown, config) if UPDATED[one.alert.status] else {}
    return replace(message, thread=Thread(shown.channel, shown.ts, update, _reply(one, shown)))


def _goes_on(alert: Alert, shown: Shown) -> bool:
    late = alert.at is None or milliseconds(alert.at) < shown.newest_at
    if late or (alert.facts and alert.facts.contributor_id):
        return False
    return UPDATED[alert.status] or alert.reminder


def _update(one: Routed, shown: Shown, config: Config) -> Body:
    """What chat.update takes. What is left out stays as it was, so all that a message has is given."""
    # It can be changed twice without harm, so a possible repeat is one of the answer alone.
    alert = replace(one.alert, marks=tuple(mark for mark in one.alert.marks if mark != REPEAT))
    one = replace(one, alert=replace(alert, summary=_untimed(alert.summary)))
    since = moment(datetime.fromtimestamp(shown.firing_since / 1000, tz=UTC)) if shown.firing_since else ""
    full = render([(one,)], config).rungs[0][0]
    title = header(f"{ICONS[alert.status, one.severity]} {_ended(alert, shown)}")
    told = " · ".join(text for text in (since, safe(shown.said, SUMMARY_CHARS)) if text)
    before = [{"type": "context", "elements": [_said(told)]}] if told else []
    updated = full | {"blocks": [title, *full["blocks"][1:], *before]}
    if not shown.picture:
        return {key: updated[key] for key in ("text", "blocks", "attachments")}
    return illustrated(updated, shown.picture, alternative(alert))


def _said(told: str) -> Body:
    return {"type": "mrkdwn", "text": f"ALARM since {told}", "verbatim": True}


def _reply(one: Routed, shown: Shown) -> Body:
    """What stands in the thread. A reminder is shown in the channel as well, or nobody is reminded."""
    alert = one.alert
    lines = (
        f"{ICONS[alert.status, one.severity]} *{safe(_ended(alert, shown), LOCK_SCREEN_CHARS)}*",
        one.mention,
        clip(escape(_untimed(alert.summary)), SUMMARY_CHARS),
        moment(alert.at) if alert.at else "",
    )
    text = body("\n".join(line for line in lines if line))
    return text | {"reply_broadcast": True} if alert.reminder else text


def _untimed(summary: str) -> str:
    """Without how long the last state held: the title says how long it was from the alarm's begin."""
    return _TIMED.sub("", summary)


def _ended(alert: Alert, shown: Shown) -> str:
    """The headline: `Resolved after 12 min: api-cpu`."""
    if alert.status is not Status.RESOLVED or alert.at is None or not shown.firing_since:
        return titled(alert)
    seconds = alert.at.timestamp() - shown.firing_since / 1000
    return one_line(f"{WORDS[alert.status]} after {duration(max(seconds, 0.0))}{marks(alert)}: {alert.title}")
