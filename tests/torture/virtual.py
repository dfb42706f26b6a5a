"""Virtual time: threads that take turns, the one that wakes first next, so that each run is the same."""

from __future__ import annotations

import _thread
import heapq
import itertools
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Killed(BaseException):
    """The process ends here, as by a timeout or a lack of memory. No handler catches it."""


class Stopped(BaseException):
    """The run is over."""


class Task:
    """One thread that only runs while it has the turn."""

    def __init__(self, body: Callable[[], object]) -> None:
        self.body = body
        self.turn = _thread.allocate_lock()
        self.turn.acquire()
        self.ticket = 0
        self.ends_at = float("inf")
        self.error: BaseException | None = None


class VirtualTime:
    """A clock in epoch seconds that jumps from event to event."""

    def __init__(self, start: float = 1_772_400_000.0) -> None:
        self.now = start
        self._heap: list[tuple[float, int, Task | Callable[[], object], int]] = []
        self._order = itertools.count()
        self._back = _thread.allocate_lock()
        self._back.acquire()
        self._current: Task | None = None
        self._stopped = False

    def time(self) -> float:
        """Epoch seconds; also serves as the monotonic clock."""
        return self.now

    def at(self, when: float, call: Callable[[], object]) -> None:
        """Call something that does not sleep."""
        heapq.heappush(self._heap, (max(when, self.now), next(self._order), call, 0))

    def start(self, body: Callable[[], object]) -> Task:
        """A task that begins now. It may sleep."""
        task = Task(body)
        threading.Thread(target=self._thread, args=(task,), daemon=True).start()
        self.wake(task, self.now)
        return task

    def wake(self, task: Task, when: float) -> None:
        """Give the task its turn then, instead of when it asked for."""
        task.ticket += 1
        heapq.heappush(self._heap, (max(when, self.now), next(self._order), task, task.ticket))

    def sleep(self, seconds: float) -> None:
        """Called within a task. Raises Killed at the task's end of time."""
        task = self._task()
        until = self.now + max(seconds, 0.0)
        self.wake(task, min(until, task.ends_at))
        self._yield(task)
        if self.now >= task.ends_at:
            raise Killed

    def pause(self) -> None:
        """Called within a task: until somebody wakes it."""
        self._yield(self._task())

    def limit(self, seconds: float) -> None:
        """The current task is killed in so many seconds."""
        self._task().ends_at = self.now + seconds

    def run(self, until: float) -> None:
        """Let time pass. A task's error ends the run."""
        while self._heap and self._heap[0][0] <= until:
            when, _, what, ticket = heapq.heappop(self._heap)
            self.now = max(self.now, when)
            if not isinstance(what, Task):
                what()
            elif what.ticket == ticket:
                self._current = what
                what.turn.release()
                self._back.acquire()
                if what.error:
                    raise what.error
        self.now = max(self.now, until)

    def stop(self) -> None:
        """End every task that waits."""
        self._stopped = True
        waiting = {what for _, _, what, _ in self._heap if isinstance(what, Task)}
        self._heap.clear()
        for task in waiting:
            task.turn.release()
            self._back.acquire()

    def _task(self) -> Task:
        assert self._current, "only tasks sleep"
        return self._current

    def _yield(self, task: Task) -> None:
        self._back.release()
        task.turn.acquire()
        if self._stopped:
            raise Stopped
        self._current = task

    def _thread(self, task: Task) -> None:
        task.turn.acquire()
        try:
            if not self._stopped:
                task.body()
        except Stopped:
            pass
        except BaseException as error:  # noqa: BLE001  handed to run(), which raises it
            task.error = error
        finally:
            task.ticket += 1
            self._back.release()
