"""A health endpoint: which part is unwell, within a deadline, whatever hangs."""

from __future__ import annotations

import json
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from instrument.service import Service

DEADLINE_SECONDS = 2.0  # a load balancer waits five


class _Probe:
    """One check. While it hangs it is not started again, so that a dead database does not eat all threads."""

    def __init__(self, check: Callable[[], object]) -> None:
        self._check = check
        self._lock = threading.Lock()
        self._done: threading.Event | None = None
        self._error = ""

    def begin(self) -> None:
        with self._lock:
            if self._done is not None and not self._done.is_set():
                return
            self._done = done = threading.Event()
        threading.Thread(target=self._run, args=(done,), daemon=True).start()

    def _run(self, done: threading.Event) -> None:
        try:
            self._error = "" if self._check() is not False else "failed"
        except Exception as error:  # noqa: BLE001 - whatever a check raises means "unwell"
            self._error = type(error).__name__  # not its text: that may hold a password
        done.set()

    def outcome(self, until: float) -> str:
        done = self._done
        if done is None or not done.wait(max(0.0, until - time.monotonic())):
            return "timeout"
        return self._error or "ok"


class Health:
    """Runs named checks side by side. A check fails by an exception, by False, or by taking too long."""

    def __init__(
        self,
        service: Service,
        checks: Mapping[str, Callable[[], object]] | None = None,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._service = service
        self._probes = {name: _Probe(check) for name, check in (checks or {}).items()}
        self._deadline_seconds = deadline_seconds

    def report(self) -> tuple[HTTPStatus, dict[str, Any]]:
        """200 and what is well, or 503 and what is not: names and kinds of errors, never their texts."""
        until = time.monotonic() + self._deadline_seconds
        for probe in self._probes.values():
            probe.begin()
        checks = {name: probe.outcome(until) for name, probe in self._probes.items()}
        well = all(outcome == "ok" for outcome in checks.values())
        status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
        return status, {
            "status": "ok" if well else "unwell",
            "service": self._service.name,
            "version": self._service.version,
            "environment": self._service.environment,
            "checks": checks,
        }

    def response(self) -> tuple[HTTPStatus, bytes]:
        """The same with its body as JSON."""
        status, body = self.report()
        return status, json.dumps(body).encode()
