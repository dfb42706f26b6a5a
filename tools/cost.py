"""What the stack costs a month, item by item: writes the table of docs/cost.md.

The alarms that it delivers are not counted. Prices are AWS's list prices in us-east-1 in US dollars; free
amounts are those that never expire, per account.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs/cost.md"
BEGIN, END = "<!-- written by tools/cost.py -->", "<!-- end -->"

MINUTES = 30.44 * 24 * 60
BEATS = MINUTES / 5  # of the heartbeat, and as many sweeps
POLLS = 15 * MINUTES  # 5 pollers that each wait 20 s
INVOCATION_SECONDS = 0.3
MEMORY_GB = 0.5
OWN_ALARMS = 8  # of operations_alarms, for queues, notifier, heartbeat, ledger
TOPICS = 3
RULES = 4  # three of AWS Health, and alarm state changes
CANARIES = 1
LOG_KB = 1.2  # of an invocation
SWEPT_PAGES = 3  # of a sweep: one of what fires, two of 200 alarms that are OK
ITEM_KB = 0.5  # of the ledger, two items an alarm, kept for 15 days
VOLUMES = (1_000, 100_000)


@dataclass(frozen=True)
class Item:
    """One line of the bill: how much of it for so many alarms, at which price, how much of it is free."""

    name: str
    unit: str
    price: float
    free: float
    amount: Callable[[int], float]
    why: str

    def cost(self, alarms: int, *, free: bool) -> float:
        """Dollars a month for so many alarms, with or without the free amount."""
        return max(0.0, self.amount(alarms) - (self.free if free else 0.0)) * self.price


ITEMS = (
    Item("KMS key of the topics", "key", 1.0, 0, lambda _: 1, '`encryption.mode = "none"` saves it'),
    Item(
        "KMS requests", "million", 3.0, 0.02,
        lambda n: min(2 * n, 2 * TOPICS * BEATS) / 1e6,
        "SNS keeps a data key for 5 minutes: two requests a topic in each",
    ),
    Item(
        "Alarms about the stack", "alarm", 0.1, 10,
        lambda _: OWN_ALARMS + TOPICS + RULES + CANARIES,
        f"{OWN_ALARMS}, one per topic ({TOPICS}) and rule ({RULES}), the canary",
    ),
    Item(
        "Custom metrics", "metric", 0.3, 10, lambda _: 1,
        "`Heartbeat`; `Refused` is billed only for hours with refusals",
    ),
    Item(
        "SQS requests", "million", 0.4, 1,
        lambda n: (POLLS + 3 * BEATS + 4 * n) / 1e6,
        "idle polling, 5 pollers at 3 a minute; two sends, one receive, one delete an alarm",
    ),
    Item("SNS publishes", "million", 0.5, 1, lambda n: n / 1e6, "deliveries to SQS are free"),
    Item("EventBridge", "million", 1.0, 0, lambda _: 0, "events of AWS and schedules of rules are free"),
    Item("Lambda requests", "million", 0.2, 1, lambda n: (n + 2 * BEATS) / 1e6, "alarms, heartbeats, sweeps"),
    Item(
        "Lambda compute", "GB-second", 0.0000133334, 400_000,
        lambda n: (n + 2 * BEATS) * INVOCATION_SECONDS * MEMORY_GB,
        f"arm64, {MEMORY_GB:g} GB, {INVOCATION_SECONDS:g} s each",
    ),
    Item(
        "DynamoDB writes", "million", 0.625, 0,
        lambda n: (9 * n + BEATS) / 1e6,
        "a claim and a mark of two items each, in transactions, and a slot",
    ),
    Item(
        "DynamoDB reads", "million", 0.125, 0, lambda n: (4 * n + 3 * BEATS) / 1e6, "two copies of two items"
    ),
    Item(
        "DynamoDB storage, backup", "GB", 0.45, 0,
        lambda n: n * 2 * ITEM_KB / 1e6 / 2,
        "items live for 15 days; point-in-time recovery included",
    ),
    Item(
        "CloudWatch requests", "million", 10.0, 1,
        lambda _: SWEPT_PAGES * BEATS / 1e6,
        "DescribeAlarms of the sweeps: a page for every 100 alarms in ALARM, and in OK",
    ),
    Item("Log", "GB", 0.5, 5, lambda n: (n + 2 * BEATS) * LOG_KB / 1e6, f"{LOG_KB:g} KB an invocation, JSON"),
    Item("SSM parameter, IAM", "", 0.0, 0, lambda _: 0, "free"),
)  # fmt: skip


def total(alarms: int, *, free: bool) -> float:
    """Dollars a month for so many alarms."""
    return sum(item.cost(alarms, free=free) for item in ITEMS)


def table() -> str:
    """The table of docs/cost.md."""
    few, many = VOLUMES
    rows = [
        (f"at {few:,} alarms", f"at {many:,}", "nothing free", "item", "what it is"),
        ("---",) * 5,
        *(
            (
                f"{item.cost(few, free=True):.2f}",
                f"{item.cost(many, free=True):.2f}",
                f"{item.cost(many, free=False):.2f}",
                item.name,
                item.why,
            )
            for item in ITEMS
        ),
        (
            f"**{total(few, free=True):.2f}**",
            f"**{total(many, free=True):.2f}**",
            f"**{total(many, free=False):.2f}**",
            "**together**",
            "",
        ),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def with_table(text: str) -> str:
    """A page with the table between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main(argv: Sequence[str] | None = None) -> int:
    """Write the table of docs/cost.md."""
    if argv:
        print("tools/cost.py takes no arguments.", file=sys.stderr)
        return 2
    PAGE.write_text(with_table(PAGE.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
