import importlib.util
import sys
from pathlib import Path

import pytest
from moto import mock_aws
from moto.cloudwatch.models import CloudWatchBackend
from tests.instance_alarms.world import REGION, World

from instance_alarms import templates

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def shipped():
    """Every template."""
    return templates.shipped()


@pytest.fixture(autouse=True)
def _credentials(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)


class Text(str):
    """moto knows no extended statistic but percentiles, and asks whether it begins with a p."""

    __slots__ = ()

    def startswith(self, *_):
        return True


@pytest.fixture
def world(monkeypatch):
    """The function in an empty account."""
    put = CloudWatchBackend.put_metric_alarm

    def lenient(self, extended_statistic=None, **named):
        extended = Text(extended_statistic) if extended_statistic else None
        return put(self, extended_statistic=extended, **named)

    monkeypatch.setattr(CloudWatchBackend, "put_metric_alarm", lenient)
    with mock_aws():
        yield World()


@pytest.fixture(scope="session")
def package():
    """tools/package.py."""
    spec = importlib.util.spec_from_file_location("tools_package", ROOT / "tools/package.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
