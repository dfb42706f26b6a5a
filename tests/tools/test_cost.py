"""The arithmetic of docs/cost.md."""

import re
from pathlib import Path

import pytest

ALARMS = Path(__file__).resolve().parents[2] / "terraform/modules/operations_alarms/main.tf"


@pytest.fixture(scope="module")
def cost(tool):
    return tool("cost")


def test_the_page_is_as_the_tool_writes_it(cost):
    text = cost.PAGE.read_text()
    assert cost.with_table(text) == text, "run `make docs`"


def test_a_hundred_thousand_alarms_cost_three_dollars_at_most(cost):
    assert cost.total(1_000, free=True) < cost.total(100_000, free=True) <= 3.00


def test_the_figures_in_prose_are_those_of_the_table(cost):
    page, readme = cost.PAGE.read_text(), (cost.PAGE.parents[1] / "README.md").read_text()
    taken = next(item for item in cost.ITEMS if item.name == "Alarms about the stack")
    for alarms in (1_000, 100_000):
        total = cost.total(alarms, free=True)
        dearer = total + taken.cost(alarms, free=False) - taken.cost(alarms, free=True)
        assert f"${total:.2f}" in readme
        assert f"${dearer:.2f}" in page
    assert f"${cost.total(100_000, free=False):.2f}" in readme


def test_nothing_is_cheaper_without_the_free_amounts(cost):
    for item in cost.ITEMS:
        assert item.cost(100_000, free=False) >= item.cost(100_000, free=True) >= 0


def test_an_item_is_its_amount_beyond_the_free_times_its_price(cost):
    item = cost.Item("x", "unit", 2.0, 3.0, lambda alarms: alarms / 10, "")
    assert item.cost(50, free=True) == 4.0
    assert item.cost(50, free=False) == 10.0
    assert item.cost(10, free=True) == 0.0


def test_takes_no_arguments(cost, capsys):
    assert cost.main(["x"]) == 2
    assert "no arguments" in capsys.readouterr().err


def test_the_bill_counts_the_alarms_that_there_are(cost):
    fixed = ALARMS.read_text().partition("fixed_alarms = {")[2].partition("topic_alarms")[0]
    assert len(re.findall(r"^    ([a-z-]+) = \{$", fixed, re.MULTILINE)) == cost.OWN_ALARMS
