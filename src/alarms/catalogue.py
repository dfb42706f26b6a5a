"""The alarms of a catalogue for given resources, made as the Terraform module service_alarms makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alarms.model import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RUNBOOKS = "docs/runbooks"  # the default of the module's runbook_base_url


def ecs(
    catalogue: Mapping[str, Any], cluster: str, services: Iterable[str] = ()
) -> dict[str, dict[str, Any]]:
    """The alarms of an ECS cluster and its services by key, in the shape that alarms.written reads.

    `catalogue` is the parsed presets/ecs.yaml. Raises DefinitionError when it is something else.
    """
    for part in ("defaults", "cluster", "service"):
        if not isinstance(catalogue.get(part), dict):
            raise DefinitionError(f"the ECS catalogue needs a map called {part}.")
    groups = [("ecs-cluster", "cluster", "")]
    groups += [(f"ecs-service-{service}", "service", service) for service in services]
    return {
        f"{prefix}-{key}": catalogue["defaults"]
        | _filled(entry, {"{cluster}": cluster, "{service}": service, "{runbooks}": RUNBOOKS})
        for prefix, part, service in groups
        for key, entry in catalogue[part].items()
    }


def _filled(value: Any, names: Mapping[str, str]) -> Any:
    """The value with every placeholder replaced, however deep."""
    if isinstance(value, dict):
        return {_filled(key, names): _filled(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, names) for item in value]
    if isinstance(value, str):
        for placeholder, name in names.items():
            value = value.replace(placeholder, name)
    return value
