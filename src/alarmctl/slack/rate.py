"""A rate limit: so many at once, and so many a second from then on."""

from collections.abc import Callable


class Bucket:
    """`burst` may come at once, `per_second` after that. `clock` gives monotonic seconds."""

    def __init__(self, burst: float, per_second: float, clock: Callable[[], float]) -> None:
        self._burst, self._per_second, self._clock = burst, per_second, clock
        self._left, self._filled_at = burst, clock()

    def take(self) -> float:
        """Seconds until the next may come; 0 when this one may."""
        at = self._clock()
        self._left = min(self._burst, self._left + (at - self._filled_at) * self._per_second)
        self._filled_at = at
        if self._left < 1:
            return (1 - self._left) / self._per_second
        self._left -= 1
        return 0.0
