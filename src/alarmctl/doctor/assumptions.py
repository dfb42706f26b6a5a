"""What the design takes for granted and only a real account can show, told from what the notifier logs."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from alarmctl.doctor.canary import log_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from alarmctl.account import Account
    from alarmctl.doctor.canary import Flight
    from alarmctl.doctor.model import Findings

QUEUE_SECONDS = 180  # the queue's own visibility timeout: a return before that was our own wait
DAY_SECONDS = 86_400
BEATS = 40
TEN = 10  # what one ReceiveMessage gives
SEND = 10  # entries of one SendMessageBatch
BEATS_SECONDS = 60.0


def same_times(flight: Flight | None, findings: Findings) -> None:
    """SNS's StateChangeTime equals EventBridge's detail.state.timestamp: both copies have one key."""
    if flight is None or not flight.posted:
        findings.unknown("the canary did not fly", "Run without --no-canary once it passes.")
        return
    told = [line for line in flight.lines if line.get("event") in ("posted", "dropped") and line.get("key")]
    keys = {line["key"] for line in told}
    paths = {line.get("via") for line in told}
    if len(keys) > 1:
        findings.fails(
            f"the two copies have {len(keys)} keys",
            "Report it: every alarm is posted twice. See docs/reliability.md.",
        )
    elif len(paths) > 1 or any(line.get("copies", 1) > 1 for line in told):
        findings.passes("both copies came, and had one key")
    else:
        findings.unknown(
            f"only the copy by {', '.join(map(str, paths))} was seen",
            "Is the second path on? See the check of the rules; then run again.",
        )


def own_waits(account: Account, findings: Findings) -> None:
    """ChangeMessageVisibility holds for records that are returned as failures."""
    since = int((time.time() - DAY_SECONDS) * 1000)
    seen = log_lines(account, since, '{ $.event = "not posted" || $.event = "held" || $.event = "posted" }')
    gaps = returns(seen)
    if not gaps:
        findings.unknown(
            "no alert had to wait in the last 24 hours",
            "Ask again after Slack has refused or delayed something.",
        )
        return
    findings.requires(
        min(gaps) < QUEUE_SECONDS - TEN,
        f"{len(gaps)} returns, the first after {min(gaps):.0f} s: the notifier's own waits hold",
        f"{len(gaps)} returns, none before {min(gaps):.0f} s: Lambda overrides the notifier's waits",
        "Report it: alerts wait longer than they should; none is lost. See docs/reliability.md.",
    )


def returns(lines: Iterable[Mapping[str, Any]]) -> list[float]:
    """Seconds from each line that left an alert in the queue to the next line about the same alert."""
    left: dict[str, int] = {}
    gaps = []
    for line in sorted(lines, key=lambda line: line["at"]):
        key = str(line.get("key") or "")
        if not key:
            continue
        if key in left:
            gaps.append((line["at"] - left.pop(key)) / 1000)
        if line.get("event") in ("not posted", "held"):
            left[key] = line["at"]
    return gaps


def large_batches(
    account: Account,
    findings: Findings,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Any] = time.sleep,
) -> None:
    """A batch of 500 with a window of 2 s is taken, and holds more than the ten of one receive."""
    mappings = account.client("lambda").list_event_source_mappings(
        EventSourceArn=account.queue_arn("alerts")
    )["EventSourceMappings"]
    found = mappings[0] if mappings else {}
    size, window = found.get("BatchSize"), found.get("MaximumBatchingWindowInSeconds")
    findings.requires(
        (size, window) == (500, 2),
        "AWS took a batch of 500 and a window of 2 s",
        f"the mapping has a batch of {size} and a window of {window} s",
        "Run terraform apply.",
    )
    client, url = account.client("sqs"), account.queue_url("alerts")
    body = json.dumps({"notify_slack": "heartbeat"})
    since = int(time.time() * 1000)
    for start in range(0, BEATS, SEND):
        entries = [{"Id": str(start + place), "MessageBody": body} for place in range(SEND)]
        client.send_message_batch(QueueUrl=url, Entries=entries)
    end = clock() + BEATS_SECONDS
    batches, before = 0, -1
    while clock() < end and (batches == 0 or batches != before):
        sleep(SEND)
        before = batches
        batches = sum("Heartbeat" in line for line in log_lines(account, since, '"Heartbeat"'))
    if not batches:
        findings.fails(f"{BEATS} heartbeats were sent, and none came", "See docs/runbooks/heartbeat.md.")
    elif BEATS / batches > TEN:
        findings.passes(f"{BEATS} heartbeats came in {batches} batches")
    else:
        findings.unknown(
            f"{BEATS} heartbeats came in {batches} batches: each may have had ten",
            "Run again when it is quiet.",
        )
