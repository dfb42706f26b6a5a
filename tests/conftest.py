"""The order of the modules when several workers share the tests: what takes minutes begins first."""

import pytest
from hypothesis import settings

# How long an example takes says something of the machine alone.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Each is one module, so one worker's. The rest fills the other workers meanwhile, in its shuffled order.
FIRST = (
    "tests/stack/test_end_to_end.py",
    "tests/stack/test_everything.py",
    "tests/alarmctl/scenarios/test_shipped.py",
    "tests/alarmctl/lint/test_environments.py",
    "tests/alarmctl/catalogue/test_scenarios.py",
    "tests/terraform/",
    "tests/tools/test_mutants.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Move the slow modules to the front, and leave the order within each as it is."""
    ranks = {name: rank for rank, name in enumerate(FIRST)}

    def rank(item):
        return next((ranks[name] for name in FIRST if item.nodeid.startswith(name)), len(FIRST))

    items.sort(key=rank)
