from pathlib import Path

import pytest

from alarmctl.catalogue import model

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def folder():
    return ROOT / "terraform/modules/service_alarms/catalogue"


@pytest.fixture(scope="session")
def kinds(folder):
    return model.read(folder)
