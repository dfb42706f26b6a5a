"""The stack's alarms about itself, their runbooks, and what the notifier and the bill know of them."""

import re
from pathlib import Path

import pytest

from notify_slack import heartbeat, sweep

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "terraform/modules/operations_alarms"
RUNBOOKS = ROOT / "docs/runbooks"
OTHERS = {"publisher", "instance-alarms"}  # pages that alarms of other modules link to


@pytest.fixture(scope="module")
def source():
    return (MODULE / "main.tf").read_text()


@pytest.fixture(scope="module")
def linked(source):
    """The names of the pages that alarms link to."""
    return {*re.findall(r'runbook\s+= "([a-z-]+)"', source), *re.findall(r"/([a-z-]+)\.md\"", source)}


def test_every_alarm_has_its_runbook_and_every_runbook_its_alarm(linked):
    by_hand = [
        path for path in RUNBOOKS.glob("*.md") if "make catalogue" not in path.read_text().partition("\n")[0]
    ]
    pages = {path.stem for path in by_hand} - {"README"} - OTHERS
    assert linked == pages
    assert len(pages) >= 11


def test_every_runbook_says_what_to_do_and_is_listed(linked):
    index = (RUNBOOKS / "README.md").read_text()
    for page in linked:
        text = (RUNBOOKS / f"{page}.md").read_text()
        assert text.startswith("# ")
        assert f"({page}.md)" in index
        assert re.search(r"\| do \||do:|^1\. |nothing to do", text, re.MULTILINE), page


def test_the_readme_lists_every_alarm(source):
    readme = (MODULE / "README.md").read_text()
    fixed = source.partition("fixed_alarms = {")[2].partition("topic_alarms")[0]
    for key in re.findall(r"^    ([a-z-]+) = \{$", fixed, re.MULTILINE):
        assert f"| `{key}` |" in readme


def test_the_metrics_are_those_that_the_notifier_writes(source):
    assert (
        f'namespace = "{heartbeat.NAMESPACE}", dimensions = {{ {heartbeat.DIMENSION} = var.name }}' in source
    )
    for metric in (heartbeat.METRIC_HEARTBEAT, heartbeat.METRIC_REFUSED):
        assert f'metric_name = "{metric}"' in source


def test_the_sweep_leaves_them_alone(source):
    assert '"operations-${var.name}-${each.key}"' in source
    assert "operations-" in sweep.NEVER
