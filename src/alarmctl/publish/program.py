"""The parts put together for one configuration: what the command line and the Lambda function share."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

from alarmctl.publish import collect, sources
from alarmctl.publish.aggregate import aggregate
from alarmctl.publish.context import Context
from alarmctl.publish.daemon import Daemon, add_dropped
from alarmctl.publish.dimensions import Dimensions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from alarmctl.publish.aggregate import Batch
    from alarmctl.publish.collect import Outcome
    from alarmctl.publish.config import Config, Source
    from alarmctl.publish.publisher import Flushed, Publisher
    from alarmctl.publish.spool import Lock


class Program:
    """One configuration, ready to be asked. `writes` False leaves the disk alone."""

    def __init__(
        self,
        config: Config,
        say: Callable[[str], None],
        *,
        endpoint_url: str | None = None,
        writes: bool = True,
        metadata: str | None = None,
    ) -> None:
        self.config = config
        self._say = say
        self.folder = Path(config.spool) if config.spool and writes else None
        self.context = Context(config.region, endpoint_url, self.folder)
        self.dimensions = Dimensions(config.dimensions, config.names, self.context, metadata=metadata)
        self.measures = {source.name: sources.make(source, self.context) for source in config.sources}

    def lock(self) -> Lock | None:
        """One publisher for each spool; None where there is no spool. Raises LockedError and OSError."""
        from alarmctl.publish.spool import Lock  # noqa: PLC0415 -- fcntl is not everywhere

        return Lock(self.folder) if self.folder else None

    def publisher(self, write: Callable[[str], object] | None = None) -> Publisher:
        """What sends; with `write`, what writes embedded metric format.

        Raises OSError where the spool cannot be made, ConfigError where no Region is known.
        """
        from alarmctl.publish.emf import Writer  # noqa: PLC0415 -- as below
        from alarmctl.publish.publisher import Publisher  # noqa: PLC0415 -- it imports boto3
        from alarmctl.publish.send import Sender  # noqa: PLC0415 -- as above
        from alarmctl.publish.spool import Spool  # noqa: PLC0415 -- as above

        spool = Spool(self.folder, self.config.spool_mb << 20, self._say)
        if write is not None:
            return Publisher(Writer(write), spool, self._say)
        client = self.context.client("cloudwatch")
        return Publisher(Sender(client, self._say), spool, self._say)

    def measure(self, only: Callable[[Source], bool] = bool) -> tuple[list[Outcome], Batch]:
        """Each source once: what came of it, and what that publishes."""
        outcomes = collect.once(self.config, self.measures, only)
        known = self.dimensions.values()
        return outcomes, aggregate(
            point for outcome in outcomes for point in collect.points(outcome, self.config, known)
        )

    def once(
        self, publisher: Publisher, only: Callable[[Source], bool] = bool
    ) -> tuple[list[Outcome], Flushed]:
        """Each source once, and what waits sent at once."""
        outcomes = collect.once(self.config, self.measures, only)
        known = self.dimensions.values()
        for outcome in outcomes:
            publisher.add(collect.points(outcome, self.config, known))
        add_dropped(publisher, self.config, self.dimensions)
        return outcomes, publisher.flush(patient=False)

    def daemon(self, publisher: Publisher, report: Callable[[str, Mapping[str, object]], None]) -> Daemon:
        """What runs until it is stopped."""
        known = self.dimensions.values()
        host = known.get("InstanceId") or known.get("Machine") or socket.gethostname()
        return Daemon(self.config, self.measures, self.dimensions, publisher, report, host)
