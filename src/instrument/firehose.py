"""A log handler that sends lines to Firehose and never lets the application wait for it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from instrument.logs import JsonFormatter, line
from instrument.sender import PerProcess, Sender

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from instrument.service import Service

# https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
BATCH_RECORDS = 500
BATCH_BYTES = 4 * 1024 * 1024
RECORD_BYTES = 1_024_000
MARK = "… cut"


class FirehoseHandler(logging.Handler):
    """Sends each log record as one JSON line, with `hostname` and `application`, to a delivery stream.

    `client` is a function that gives a boto3 Firehose client. The sending thread calls it at the first batch,
    so that neither its import nor its credentials hold the start up. `capacity` records may wait; what comes
    beyond is dropped and counted, and the next line that arrives says how many.
    """

    def __init__(
        self,
        stream: str,
        service: Service,
        client: Callable[[], Any],
        *,
        capacity: int = 10_000,
        level: int | str = logging.NOTSET,
        **options: Any,
    ) -> None:
        super().__init__(level)
        self._stream = stream
        self._service = service
        self._client = PerProcess(client)
        self._formatter = JsonFormatter(service)
        self._told = 0
        self.sender: Sender[bytes] = Sender(
            self._send,
            size=len,
            batch_records=BATCH_RECORDS - 1,  # one place for the notice of what was dropped
            batch_bytes=BATCH_BYTES - 4096,
            capacity=capacity,
            **options,
        )

    @property
    def dropped(self) -> int:
        """How many lines were given up so far."""
        return self.sender.dropped

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record, at once."""
        # What the sending thread logs (boto3 does) would feed itself.
        if self.sender.is_own_thread():
            return
        try:
            self.sender.put(self._line(self._formatter.fields(record)))
        except Exception:  # noqa: BLE001 - as logging demands: a handler never breaks who logs
            self.handleError(record)

    def close(self) -> None:
        """Send what waits, for at most five seconds."""
        self.sender.close()
        super().close()

    def _line(self, fields: dict[str, Any]) -> bytes:
        """One record: the line with a line break, since Firehose joins records as they are, without one."""
        fields = {**fields, "application": self._service.name}
        data = (line(fields) + "\n").encode()
        if len(data) <= RECORD_BYTES:
            return data
        kept = ("time", "level", "logger", "service", "version", "environment", "hostname", "request_id")
        short = {key: fields[key] for key in kept if key in fields}
        short["message"] = str(fields["message"])[: RECORD_BYTES // 16] + MARK
        short["application"] = self._service.name
        return (line(short) + "\n").encode()

    def _send(self, batch: Sequence[bytes]) -> Sequence[bytes]:
        """Once lines arrive again, one beside them says how many did not."""
        dropped = self.sender.dropped
        notice = [self._notice(dropped - self._told)] if dropped > self._told else []
        answer = self._client.get().put_record_batch(
            DeliveryStreamName=self._stream, Records=[{"Data": data} for data in [*notice, *batch]]
        )
        refused = [bool(result.get("ErrorCode")) for result in answer["RequestResponses"]]
        if notice and not refused.pop(0):
            self._told = dropped
        return [data for data, failed in zip(batch, refused, strict=True) if failed]

    def _notice(self, dropped: int) -> bytes:
        record = logging.LogRecord(
            __name__, logging.WARNING, "", 0, "%d log lines were dropped", (dropped,), None
        )
        record.dropped = dropped
        return self._line(self._formatter.fields(record))
