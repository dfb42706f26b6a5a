"""A fake Slack that is up for one test."""

from collections.abc import Iterator

import pytest

from alarmctl.slack.server import FakeSlack


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slack(clock: Clock) -> Iterator[FakeSlack]:
    with FakeSlack(burst=2, clock=clock) as server:
        yield server
