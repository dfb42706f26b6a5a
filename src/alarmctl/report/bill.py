"""The cost report: the bill, and what a plan changes in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarmctl.report import cost
from alarmctl.report.page import Page, Table

if TYPE_CHECKING:
    from alarmctl.report.cost import Inventory

CENT = 0.005


def dollars(amount: float) -> str:
    """An amount of US dollars, to the cent."""
    return f"${amount:,.2f}"


def change(amount: float) -> str:
    """A difference with its sign."""
    if abs(amount) < CENT:
        return "no change"
    return f"{'+' if amount > 0 else '-'}{dollars(abs(amount))}"


def page(inventory: Inventory, base: Inventory | None = None, *, complete: bool = False) -> Page:
    """The report. `complete`: the inventory is an account's, not what a file happens to name."""
    listed = cost.prices()
    rows = tuple(
        (line.item.title, f"{line.amount:,}", line.item.unit, dollars(line.cost), dollars(line.free_cost))
        for line in cost.lines(inventory)
    )
    headline = [
        f"{dollars(inventory.cost())} a month at list prices, for {inventory.alarms} alarms",
        f"{dollars(inventory.cost(free=True))} with AWS's free amounts taken off, if nothing else uses them",
    ]
    if base is not None:
        difference = inventory.cost() - base.cost()
        headline.append(f"the plan changes that by: {change(difference)} a month")
    notes = [
        f"List prices of {listed.region}, as of {listed.as_of}: {listed.source}",
        "Taxes, discounts, requests, logs and messages are not in it: docs/cost.md has those of the stack.",
        "An alarm is paid per metric it looks at; one on a Metrics Insights query, per metric it finds.",
    ]
    if not complete:
        notes.append(
            "Custom metrics are those that the file names, each once; dimensions from logs may make more."
        )
    tables = (Table("The bill", ("what", "how many#", "unit", "a month#", "free taken off#"), rows, 20),)
    return Page("Cost of the alarms", tuple(headline), tables, tuple(notes), _data(inventory, base))


def _data(inventory: Inventory, base: Inventory | None) -> dict[str, object]:
    listed = cost.prices()
    return {
        "currency": "USD",
        "prices": {"as_of": listed.as_of, "region": listed.region, "source": listed.source},
        "per_month": round(inventory.cost(), 2),
        "per_month_free_taken_off": round(inventory.cost(free=True), 2),
        "alarms": inventory.alarms,
        "items": {
            line.item.key: {"amount": line.amount, "per_month": round(line.cost, 2)}
            for line in cost.lines(inventory)
        },
        **({"change": round(inventory.cost() - base.cost(), 2)} if base is not None else {}),
    }
