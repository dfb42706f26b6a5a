"""What the workers know together: which events were told, which state each alarm shows, when Slack is free.

One DynamoDB table (environment variable LEDGER_TABLE): hash key `pk` (S), TTL attribute `expires_at` (epoch
seconds, 15 days), no index. Needs dynamodb:BatchGetItem and dynamodb:UpdateItem (which TransactWriteItems
asks for, too) on that table. The items, by the beginning of `pk`:

- `event#`, sha256 of an alert's key: `held_by`, `held_until`, `told_at`, `urgency`, `doubts`, `limits`,
  `elsewhere_at`
- `alarm#`, sha256 of an alarm's ARN: `alarm`, `held_by`, `held_until`, `newest_at`, `shown`, `urgency`,
  `firing_since`, `posted_at`, `quiet_at`, `reminded_at`; from a bot's token also `ts`, `channel`, `sent_to`,
  `thread_at`, `said`, `picture`
- `pace#`, name of a webhook's parameter: `next_at`
- `note#`, what was done: `at`

Times are epoch milliseconds. `held_until` is a lease: a worker takes it before it posts, so that no other
posts the same alert or another state of the same alarm meanwhile; when its process dies, the lease runs out.
`told_at` is written after each post. `newest_at` is AWS's time of the newest state that the channel shows: an
older one that arrives later is marked as superseded. `ts` and `channel` are Slack's words for the message
that told of the alarm, `sent_to` our own words for where it went, `thread_at` the state's time that it told
of, `said` its sentence, `picture` its file.

Attributes are only ever added: every write is an update that leaves what it does not know, every read takes
what is missing as unknown. So a new version and the one before it can share a table.

Everything here fails open. When DynamoDB does not answer, alerts are posted without being compared.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from notify_slack import peek
from notify_slack.known import NOTHING, Known, Shown, place_left, shown_of, state_at, told_of
from notify_slack.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from notify_slack.bot import Posted
    from notify_slack.model import Alert, Routed

    Call = Callable[[str, str, Mapping[str, Any]], Mapping[str, Any]]
    Item = Mapping[str, Any]

KEEP_SECONDS = 15 * 86_400  # a day more than a message can stay in the queue
LEASE_SECONDS = 40.0  # more than the Lambda's timeout, less than the queue's visibility timeout
DOWN_SECONDS = 15.0  # after a failure the ledger is left alone for so long: alerts do not wait for it
READ_KEYS = 100  # of one BatchGetItem
WRITE_ITEMS = 100  # of one TransactWriteItems
SLOT_TRIES = 4  # of workers that take slots at the same moment
READ_ROUNDS = 3  # of keys that DynamoDB left out of its answer


class Ledger:
    """The table as one worker sees it. `call` raises whatever it likes; `failed` hears of it, nobody else.

    `clock` is monotonic and says how long a failing table is left alone; `now` is the wall clock. In seconds.
    """

    def __init__(
        self,
        call: Call,
        table: str,
        worker: str,
        clock: Callable[[], float],
        now: Callable[[], float],
        failed: Callable[[Exception], None],
    ) -> None:
        self._call = call
        self._table = table
        self._worker = worker
        self._clock = clock
        self._now = now
        self._failed = failed
        self._down_until = 0.0
        self._errors = 0

    # Alerts

    def read(self, alerts: Sequence[Alert]) -> Known:
        """What is known of these alerts and their alarms."""
        events = {_event_key(alert): alert.key for alert in alerts if alert.key}
        alarms = {_alarm_key(alert.subject_key): alert.subject_key for alert in alerts if alert.subject_key}
        items = self._items([*events, *alarms])
        if items is None:
            return NOTHING
        return Known(
            {key: told_of(items[pk]) for pk, key in events.items() if pk in items},
            {key: shown_of(items[pk]) for pk, key in alarms.items() if pk in items},
        )

    def alarms(self, arns: Iterable[str]) -> Mapping[str, Shown] | None:
        """What the channel shows of these alarms; None when it cannot be known."""
        keys = {_alarm_key(arn): arn for arn in arns}
        items = self._items(list(keys))
        return None if items is None else {keys[pk]: shown_of(item) for pk, item in items.items()}

    def free(self, alert: Alert, known: Known) -> bool:
        """Does no other worker post this event or another state of its alarm right now?"""
        now = self._milliseconds()
        records = (known.told(alert), known.shown(alert))
        return all(one.held_until < now or one.held_by == self._worker for one in records)

    def was_dropped(self, alert: Alert, known: Known) -> bool:
        """Did somebody hold this event and never say what became of it? Then Slack may show it already."""
        told = known.told(alert)
        return 0 < told.held_until < self._milliseconds() and told.held_by != self._worker

    def claim(self, routed: Sequence[Routed], known: Known) -> bool:
        """Hold these alerts and their alarms, if they still are as `known`. True also if the ledger is down.

        Read again after False.
        """
        now = self._milliseconds()
        lease = {"held_by": self._worker, "held_until": now + int(LEASE_SECONDS * 1000), **self._expiry()}
        free = "(attribute_not_exists(#held_until) OR #held_until < :now OR #held_by = :me)"
        me = {":now": now, ":me": self._worker}
        updates: dict[str, Item] = {}
        for one in routed:
            alert = one.alert
            if alert.key:
                untold = "(attribute_not_exists(#told_at) OR #urgency > :urgency)"
                updates[_event_key(alert)] = self._update(
                    _event_key(alert), lease, f"{free} AND {untold}", me | {":urgency": one.arrived.rank}
                )
            if state_at(alert):
                newest = known.shown(alert).newest_at
                same = "#newest_at = :newest" if newest else "attribute_not_exists(#newest_at)"
                updates[_alarm_key(alert.subject_key)] = self._update(
                    _alarm_key(alert.subject_key),
                    lease | {"alarm": alert.subject_key},
                    f"{free} AND {same}",
                    me | ({":newest": newest} if newest else {}),
                )
        return self._write(list(updates.values())) is not False

    def mark(self, routed: Sequence[Routed], known: Known, posted: Posted | None = None) -> None:
        """These alerts are in the channel, as the one message `posted` when a bot did it."""
        now = self._milliseconds()
        updates: dict[str, Item] = {}
        done = {"held_until": 0, **self._expiry()}
        for one in sorted(routed, key=lambda one: state_at(one.alert)):
            alert, at = one.alert, state_at(one.alert)
            if alert.key:
                pk = _event_key(alert)
                updates[pk] = self._update(pk, done | {"told_at": now, "urgency": one.arrived.rank})
            if at:
                pk = _alarm_key(alert.subject_key)
                before = known.shown(alert)
                shown: dict[str, Any] = {
                    "newest_at": at,
                    "shown": alert.status,
                    "urgency": one.severity.rank,
                    "posted_at": now,
                }
                if alert.status is Status.FIRING and not before.firing:
                    shown["firing_since"] = at
                if alert.status is Status.FIRING:
                    shown |= place_left(one, before, posted if not routed[1:] else None)
                updates[pk] = self._update(pk, done | (shown if at >= before.newest_at else {}))
        self._write(list(updates.values()))

    def release(self, routed: Sequence[Routed], *, doubts: int = 0, limits: int = 0) -> None:
        """These alerts were not posted, or nobody knows (`doubts`); anybody may try again."""
        added = {name: count for name, count in (("doubts", doubts), ("limits", limits)) if count}
        keys = {_event_key(one.alert) for one in routed if one.alert.key}
        alarms = {_alarm_key(one.alert.subject_key) for one in routed if state_at(one.alert)}
        self._write(
            [self._update(pk, {"held_until": 0}, added=added) for pk in sorted(keys)]
            + [self._update(pk, {"held_until": 0}) for pk in sorted(alarms)]
        )

    def illustrate(self, arn: str, ts: str, file: str) -> bool:
        """The message `ts` gets a picture, unless it is no longer the one that shows this alarm firing."""
        condition = "#ts = :ts AND #shown = :firing"
        update = self._update(
            _alarm_key(arn), {"picture": file}, condition, {":ts": ts, ":firing": Status.FIRING}
        )
        return self._write([update]) is True

    def note_elsewhere(self, routed: Sequence[Routed]) -> None:
        """The fallback was told of these."""
        values = {"elsewhere_at": self._milliseconds(), **self._expiry()}
        keys = {_event_key(one.alert) for one in routed if one.alert.key}
        self._write([self._update(pk, values) for pk in sorted(keys)])

    def keep_quiet(self, alerts: Iterable[Alert]) -> None:
        """These states were kept silent on purpose: the sweeper must not find them. This is no claim."""
        updates = [
            self._update(
                _alarm_key(alert.subject_key),
                {"quiet_at": state_at(alert), "alarm": alert.subject_key, **self._expiry()},
            )
            for alert in {alert.subject_key: alert for alert in alerts if state_at(alert)}.values()
        ]
        self._write(updates)

    def remind(self, arn: str) -> None:
        """A reminder of this alarm is on its way."""
        self._write([self._update(_alarm_key(arn), {"reminded_at": self._milliseconds(), **self._expiry()})])

    # Slots

    def take_slot(self, name: str, seconds: float, within: float) -> float | None:
        """Seconds until the slot that is now ours; more than `within`: none was taken; None: ledger down."""
        pk, length = f"pace#{name}", int(seconds * 1000)
        now = self._milliseconds()
        latest = now + int(within * 1000)
        for _ in range(SLOT_TRIES):
            queued = self._take(pk, {":now": now, ":latest": latest, ":length": length})
            if queued is None or queued:
                return None if queued is None else max(0.0, (queued - now) / 1000)
            idle = "attribute_not_exists(#next_at) OR #next_at < :now"
            values = {"next_at": now + length, **self._expiry()}
            taken = self._write([self._update(pk, values, idle, {":now": now})])
            if taken is not False:
                return 0.0 if taken else None
            items = self._items([pk])
            if items is None:
                return None
            ahead = peek.count(items, pk, "next_at", "N") or 0
            if ahead > latest:
                return (ahead - now) / 1000
        return None

    def _take(self, pk: str, values: Mapping[str, Any]) -> int | None:
        """The time of the slot behind the last one; 0 if the last one is past or too far ahead."""
        request = {
            "TableName": self._table,
            "Key": {"pk": {"S": pk}},
            "UpdateExpression": "SET #next_at = #next_at + :length",
            "ConditionExpression": "#next_at BETWEEN :now AND :latest",
            "ExpressionAttributeNames": {"#next_at": "next_at"},
            "ExpressionAttributeValues": {name: _typed(value) for name, value in values.items()},
            "ReturnValues": "UPDATED_OLD",
        }
        answer = self._try("UpdateItem", request, refused={})
        return None if answer is None else (peek.count(answer, "Attributes", "next_at", "N") or 0)

    def hold_slots(self, name: str, seconds: float) -> None:
        """No slot before so many seconds from now."""
        until = self._milliseconds() + int(seconds * 1000)
        later = "attribute_not_exists(#next_at) OR #next_at < :until"
        values = {"next_at": until, **self._expiry()}
        self._write([self._update(f"pace#{name}", values, later, {":until": until})])

    # Notes

    def note(self, name: str) -> int | None:
        """When this was last done, in epoch milliseconds; 0: never; None: nobody knows."""
        items = self._items([f"note#{name}"])
        return None if items is None else (peek.count(items, f"note#{name}", "at", "N") or 0)

    def take_note(self, name: str, before: int) -> bool:
        """Say that it is done now, unless a worker said so after `before`. True if the ledger is down."""
        values = {"at": self._milliseconds(), **self._expiry()}
        unsaid = "attribute_not_exists(#at) OR #at <= :before"
        update = self._update(f"note#{name}", values, unsaid, {":before": before})
        return self._write([update]) is not False

    def clear_note(self, name: str) -> None:
        """As if it had never been done."""
        self._write([self._update(f"note#{name}", {"at": 0, **self._expiry()})])

    def taken_errors(self) -> int:
        """How often DynamoDB failed since this was last asked."""
        errors, self._errors = self._errors, 0
        return errors

    # DynamoDB

    def _milliseconds(self) -> int:
        return int(self._now() * 1000)

    def _expiry(self) -> dict[str, int]:
        return {"expires_at": int(self._now()) + KEEP_SECONDS}

    def _update(
        self,
        pk: str,
        values: Mapping[str, Any],
        condition: str = "",
        compared: Mapping[str, Any] | None = None,
        added: Mapping[str, int] | None = None,
    ) -> Item:
        """An update that sets `values`, adds to counters, and leaves every other attribute as it is."""
        added = added or {}
        expression = "SET " + ", ".join(f"#{name} = :{name}_" for name in values)
        if added:
            expression += " ADD " + ", ".join(f"#{name} :{name}_" for name in added)
        names = {*values, *added, *(word[1:] for word in _words(condition) if word.startswith("#"))}
        typed = {f":{name}_": _typed(value) for name, value in {**values, **added}.items()}
        typed |= {name: _typed(value) for name, value in (compared or {}).items()}
        update = {
            "TableName": self._table,
            "Key": {"pk": {"S": pk}},
            "UpdateExpression": expression,
            "ExpressionAttributeNames": {f"#{name}": name for name in sorted(names)},
            "ExpressionAttributeValues": typed,
        }
        return {**update, "ConditionExpression": condition} if condition else update

    def _write(self, updates: Sequence[Item]) -> bool | None:
        """True: written. False: a condition did not hold. None: the ledger is down. A hundred at a time."""
        for start in range(0, len(updates), WRITE_ITEMS):
            chunk = updates[start : start + WRITE_ITEMS]
            if len(chunk) == 1:
                answer = self._try("UpdateItem", chunk[0], refused=False)
            else:
                items = [{"Update": update} for update in chunk]
                answer = self._try("TransactWriteItems", {"TransactItems": items}, refused=False)
            if answer is None or answer is False:
                return answer
        return True

    def _items(self, keys: Sequence[str]) -> dict[str, Item] | None:
        """The items that exist, by key; None when the ledger is down."""
        found: dict[str, Item] = {}
        for start in range(0, len(keys), READ_KEYS):
            wanted: object = [{"pk": {"S": key}} for key in keys[start : start + READ_KEYS]]
            for _ in range(READ_ROUNDS):
                request = {"RequestItems": {self._table: {"Keys": wanted, "ConsistentRead": True}}}
                answer = self._try("BatchGetItem", request, refused=None)
                if answer is None:
                    return None
                items = peek.items(answer, "Responses", self._table)
                found |= {peek.text(item, "pk", "S"): item for item in items}
                wanted = peek.items(answer, "UnprocessedKeys", self._table, "Keys")
                if not wanted:
                    break
        return found

    def _try(self, operation: str, request: Item, refused: Any) -> Any:
        """The answer; `refused` when a condition did not hold; None while the ledger is down."""
        if self._clock() < self._down_until:
            return None
        try:
            return self._call("dynamodb", operation, request)
        except Exception as error:  # noqa: BLE001  whatever goes wrong with the ledger, alerts go out without it
            if getattr(error, "code", "") in _REFUSED:
                return refused
            self._errors += 1
            self._down_until = self._clock() + DOWN_SECONDS
            self._failed(error)
            return None


# A condition did not hold, or another transaction held the item at this moment.
_REFUSED = frozenset(
    {"ConditionalCheckFailedException", "TransactionCanceledException", "TransactionConflictException"}
)


def _words(condition: str) -> list[str]:
    return condition.replace("(", " ").replace(")", " ").split()


def _typed(value: object) -> dict[str, str]:
    return {"N": str(value)} if isinstance(value, int) else {"S": str(value)}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _event_key(alert: Alert) -> str:
    return f"event#{_hash(alert.key)}"


def _alarm_key(arn: str) -> str:
    return f"alarm#{_hash(arn)}"
