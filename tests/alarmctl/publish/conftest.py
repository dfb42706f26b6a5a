"""A CloudWatch with AWS's limits, and a real PostgreSQL, both for these tests alone."""

import pytest
from tests.alarmctl.publish.fake_cloudwatch import FakeCloudWatch, running

from alarmctl.local import postgres as servers
from alarmctl.publish import context


@pytest.fixture
def cloudwatch():
    with running(FakeCloudWatch()) as fake:
        yield fake


@pytest.fixture
def one_attempt(monkeypatch):
    """No retries inside of boto3: what is tested is what comes after them."""
    monkeypatch.setattr(context, "ATTEMPTS", 1)


@pytest.fixture(scope="session")
def postgres():
    """A server for the session. Skipped only where none is installed and the wheel does not exist."""
    if servers.find() is None:
        pytest.skip("no PostgreSQL server here, and its wheel is not made for this platform")
    with servers.server() as server:
        yield server
