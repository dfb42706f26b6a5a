"""Changes made true, no faster than CloudWatch allows. Everything here may be done twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from instance_alarms.errors import RetryableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from instance_alarms.config import Config
    from instance_alarms.model import Alarm, Changes

# DeleteAlarms, EnableAlarmActions and DisableAlarmActions take so many names.
NAMES_AT_ONCE = 100
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 8.0
THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
    }
)
# The request itself is at fault: another try says the same.
REFUSED = frozenset(
    {"ValidationError", "ValidationException", "InvalidParameterValue", "InvalidParameterCombination"}
)


@dataclass
class Pace:
    """Lets one PutMetricAlarm through at a time. All workers together stay below the account's rate.

    `clock` and `sleep` are seconds; `deadline` is when the time for this record's batch is over, by `clock`.
    """

    clock: Callable[[], float]
    sleep: Callable[[float], None]
    chance: Callable[[], float]
    per_second: float
    deadline: float
    _next: float = field(default=0.0, init=False)

    def wait(self) -> None:
        """Wait for one's turn. Raises RetryableError when there is no time left."""
        self.pause(max(0.0, self._next - self.clock()))
        self._next = self.clock() + 1 / self.per_second

    def pause(self, seconds: float) -> None:
        """Sleep. Raises RetryableError when there is not so much time."""
        if self.clock() + seconds > self.deadline:
            raise RetryableError("There is no time left for this instance: it goes back to the queue.")
        if seconds > 0:
            self.sleep(seconds)


def apply(changes: Changes, client: Any, config: Config, pace: Pace) -> tuple[str, ...]:
    """Make the changes; returns what AWS refuses for good, a sentence each.

    Raises RetryableError for what may succeed later; what was done by then stays done.
    """
    refused: list[str] = []
    for alarm in changes.puts:
        request = dict(alarm.settings)
        if alarm.name in changes.creates:
            request["Tags"] = _tags(alarm, config)
        refused += _call(pace, client.put_metric_alarm, alarm.name, paced=True, **request)
    for operation, many in (
        (client.enable_alarm_actions, changes.loud),
        (client.disable_alarm_actions, changes.silent),
    ):
        for some in _chunks(many):
            refused += _call(pace, operation, f"{len(some)} alarms", AlarmNames=some)
    for some in _chunks(changes.deletes):
        refused += _delete(pace, client, some)
    return tuple(refused)


def _delete(pace: Pace, client: Any, some: list[str]) -> list[str]:
    """A composite alarm of somebody else's may hold one of them: then the others go without it."""
    refused = _call(pace, client.delete_alarms, some[0], AlarmNames=some)
    if not refused or len(some) == 1:
        return refused
    middle = len(some) // 2
    return _delete(pace, client, some[:middle]) + _delete(pace, client, some[middle:])


def _call(
    pace: Pace, operation: Callable[..., Any], what: str, *, paced: bool = False, **request: Any
) -> list[str]:
    """Call until it is done; a sentence in the list if AWS refuses the request as such."""
    wait = FIRST_WAIT_SECONDS
    while True:
        if paced:
            pace.wait()
        try:
            operation(**request)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in REFUSED:
                return [f"{what}: AWS refuses it: {error.response['Error'].get('Message', code)}"]
            if code not in THROTTLED:
                raise RetryableError(f"{what}: AWS answered {code}.") from None
        except BotoCoreError as error:
            raise RetryableError(f"{what}: AWS is not to be reached: {type(error).__name__}.") from None
        else:
            return []
        pace.pause(wait * (0.5 + pace.chance()))
        wait = min(2 * wait, LONGEST_WAIT_SECONDS)


def _tags(alarm: Alarm, config: Config) -> list[dict[str, str]]:
    owner = alarm.name.split("/", 2)[1]
    tags: Mapping[str, str] = {
        **config.tags,
        "managed-by": f"{config.name}-instance-alarms",
        "owner-id": owner,
    }
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _chunks(names: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), NAMES_AT_ONCE):
        yield list(names[start : start + NAMES_AT_ONCE])
