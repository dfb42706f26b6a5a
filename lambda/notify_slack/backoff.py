"""When a message that was not posted is tried again: soon at first, seldom after an hour, never given up.

The receives that this takes must stay below the queue's maxReceiveCount of 1000 for 14 days: about 75 in the
first 70 minutes, 4 an hour for the rest of the day, 2 an hour from then on, 800 together.
"""

from __future__ import annotations

FIRST_SECONDS = 2.0
# Age in seconds, up to which a wait is at most so many seconds. 70 minutes: what an outage of an hour has
# kept waiting must not sleep for a quarter of an hour after its end.
STAGES = ((70 * 60, 60.0), (24 * 3600, 900.0))
LAST_SECONDS = 1800.0
JITTER = 0.2  # of a wait, so that what failed together does not come back together
MAX_SECONDS = 43_200  # ChangeMessageVisibility takes 12 hours at most


def wait_seconds(age: float, receives: int, chance: float, retry_after: float = 0.0) -> int:
    """Seconds until the next try of a message that is `age` seconds old and was received `receives` times.

    `chance` is 0 to 1; Slack's own `retry_after` is the least.
    """
    longest = next((seconds for limit, seconds in STAGES if age < limit), LAST_SECONDS)
    doubled = FIRST_SECONDS * 2.0 ** min(max(receives - 1, 0), 20)
    # Beyond the first stage age alone decides: a message that was seldom received is no younger.
    wait = longest if longest > STAGES[0][1] else min(doubled, longest)
    return round(min(max(wait * (1 - JITTER * chance), retry_after, 1.0), MAX_SECONDS))
