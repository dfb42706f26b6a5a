"""Simulations that end with their test, and the harness as a package."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# The harness is shared with `make torture`, so it is a package, and tests are none.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


@pytest.fixture
def simulate():
    """Simulations with the arguments of Simulation; their threads end with the test."""
    from tests.torture.world import Simulation  # noqa: PLC0415  needs the path above

    made = []

    def make(*arguments, **named):
        made.append(Simulation(*arguments, **named))
        return made[-1]

    yield make
    for world in made:
        world.time.stop()


@pytest.fixture
def moto_clocks(monkeypatch):
    """Let moto's SQS live on virtual time: it reads two clocks."""

    def patch(time):
        monkeypatch.setattr("moto.sqs.models.unix_time", time.time)
        monkeypatch.setattr("moto.sqs.models.unix_time_millis", lambda *_: time.time() * 1000)

    return patch


@pytest.fixture
def moto_queue(moto_clocks, monkeypatch):
    """Makes moto's queue for a Simulation."""
    from moto import mock_aws  # noqa: PLC0415  slow to load, and few tests need it
    from moto.sqs.models import sqs_backends  # noqa: PLC0415
    from tests.torture.queues import MotoQueue  # noqa: PLC0415

    with mock_aws():

        def make(now):
            moto_clocks(now.__self__)
            return MotoQueue(sqs_backends["123456789012"]["eu-west-1"])

        yield make
