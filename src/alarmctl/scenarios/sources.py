"""The alarms under test: from a plan, from our YAML, from a catalogue, or written into the scenario file."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from alarmctl.catalogue import expand, model
from alarmctl.lint import plan as plan_reader
from alarmctl.scenarios import document as documents
from alarmctl.scenarios.document import ScenarioError
from alarms import catalogue, written
from alarms.definitions import CompositeDefinition, Definition
from alarms.model import AlarmError
from alarms.terraform_plan import UNKNOWN_TEXT, Planned, from_terraform

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from alarmctl.scenarios.document import Document, Where

Alarm = Definition | CompositeDefinition
Origin = tuple["Where", "Document"]  # a document, and where in it the alarms stand

DEFAULT_NAME = "example"
CATALOGUES = tuple(
    f"{module}{folder}/{{}}.yaml"
    for module in ("", "terraform/modules/service_alarms/")
    for folder in ("presets", "catalogue")
)
LISTS = ("alarm_actions", "ok_actions", "insufficient_data_actions")
YAML_SOURCES = ("catalogue", "file", "composites", "inline")


@dataclass(frozen=True)
class Alarms:
    """Alarms by key. `topics`: the severity of each topic's ARN. `refused`: why an alarm cannot be tested."""

    by_key: Mapping[str, Alarm]
    topics: Mapping[str, str]
    refused: Mapping[str, str] = field(default_factory=dict)

    def named(self, name: str) -> Alarm | None:
        """The alarm of that CloudWatch name or ARN."""
        return self.by_name.get(name) or self.by_name.get(name.rpartition(":alarm:")[2])

    @property
    def by_name(self) -> dict[str, Alarm]:
        return {alarm.name: alarm for alarm in self.by_key.values()}

    def matching(self, pattern: str) -> list[str]:
        """The keys whose key or name matches; `*` stands for any characters."""
        found = [
            key
            for key, alarm in self.by_key.items()
            if fnmatchcase(key, pattern) or fnmatchcase(alarm.name, pattern)
        ]
        return found + [key for key in self.refused if fnmatchcase(key, pattern)]


class Sources:
    """Reads each plan and YAML once, however many scenario files name it."""

    def __init__(self) -> None:
        self._plans: dict[Path, Alarms] = {}
        self._documents: dict[Path, Document] = {}

    def read(self, scenarios: Document) -> Alarms:
        """The alarms of a scenario file. Raises ScenarioError."""
        given: dict[str, Any] = scenarios.data["alarms"]
        name = scenarios.data.get("name", DEFAULT_NAME)
        if "plan" in given:
            others = sorted(given.keys() - {"plan"})
            if others:
                raise scenarios.error(
                    ("alarms", others[0]), f"{others[0]} beside plan: a plan has all of its alarms."
                )
            return self._plan(scenarios, _beside(scenarios, given["plan"]))
        if not given.keys() & set(YAML_SOURCES):
            raise scenarios.error(("alarms",), f"alarms needs plan or one of {', '.join(YAML_SOURCES)}.")
        return self._yaml(scenarios, given, name)

    def from_file(self, path: Path, name: str = DEFAULT_NAME) -> Alarms:
        """The alarms of a plan or state in JSON, or of YAML with alarms by key. Raises ScenarioError."""
        if path.suffix == ".json":
            return self._plan(None, path)
        found = self._document(path)
        return _definitions(
            [
                ([((), found)], key, settings)
                for key, settings in _entries(found).items()
                if settings is not None
            ],
            name,
        )

    def _document(self, path: Path) -> Document:
        if path not in self._documents:
            self._documents[path] = documents.read(path)
        return self._documents[path]

    def _plan(self, scenarios: Document | None, path: Path) -> Alarms:
        if path not in self._plans:
            try:
                self._plans[path] = planned(json.loads(path.read_bytes()))
            except OSError as error:
                complaint = f"{path}: {error.strerror or error}."
                hint = " Make it with: terraform show -json PLANFILE"
                raise _error(scenarios, path, complaint + hint) from None
            except (ValueError, RecursionError) as error:
                told = f"{error}" if isinstance(error, AlarmError) else "no JSON."
                raise _error(scenarios, path, f"{path}: {told}") from None
            except (KeyError, TypeError, AttributeError):
                raise _error(
                    scenarios, path, f"{path}: no plan. Give the output of: terraform show -json PLANFILE"
                ) from None
        return self._plans[path]

    def _yaml(self, scenarios: Document, given: Mapping[str, Any], name: str) -> Alarms:
        """Laid over each other as the module alerting does; each alarm remembers who wrote it."""
        settings: dict[str, dict[str, Any]] = {}
        origins: dict[str, list[Origin]] = defaultdict(list)
        if "catalogue" in given:
            found = self._catalogue(scenarios, given)
            settings |= found
            for key in found:
                origins[key].append((("alarms", "catalogue"), scenarios))
        where: Where
        for source in ("file", "composites", "inline"):
            if source not in given:
                continue
            if source == "inline":
                where, document, changes = ("alarms", "inline"), scenarios, _named(given["inline"])
            else:
                document = self._document(_beside(scenarios, given[source]))
                where, changes = (), _entries(document)
            try:
                settings = written.merged(settings, changes)
            except written.WrittenError as error:
                raise document.error((*where, *error.path), str(error)) from None
            for key in changes:
                origins[key].append((where, document))
        return _definitions([(origins[key], key, entry) for key, entry in settings.items()], name)

    def _catalogue(self, scenarios: Document, given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        named = given["catalogue"]
        path = _catalogue_file(scenarios, named)
        found = self._document(path)
        is_preset = isinstance(found.data, dict) and "defaults" in found.data
        if is_preset and "cluster" not in given:
            raise scenarios.error(
                ("alarms", "catalogue"), f"catalogue {named} needs cluster: NAME beside it."
            )
        try:
            if not is_preset:
                return _of_resources(model.parse(path.stem, found.data), given.get("resources"))
            return catalogue.ecs(
                found.data if isinstance(found.data, dict) else {},
                given["cluster"],
                given.get("services", ()),
            )
        except AlarmError as error:
            raise ScenarioError(path, 1, str(error)) from None


def _of_resources(
    kinds: Sequence[model.Kind], resources: Mapping[str, Mapping[str, Any]] | None
) -> dict[str, dict[str, Any]]:
    """The alarms of the resources by key, or of the catalogue's examples. Raises CatalogueError."""
    found: dict[str, dict[str, Any]] = {}
    unknown = sorted(set(resources or ()) - {kind.variable for kind in kinds})
    if unknown:
        raise model.CatalogueError(
            f"resources: {unknown[0]} is not in this catalogue. Use {', '.join(k.variable for k in kinds)}."
        )
    for kind in kinds:
        if resources is None:
            ours, opt_in = expand.examples(kind, presets=True), True
        else:
            ours = {name: kind.resource(one) for name, one in resources.get(kind.variable, {}).items()}
            opt_in = False
        found |= expand.alarms(kind, ours, opt_in=opt_in) | expand.composites(kind, ours, opt_in=opt_in)
    return found


def _error(scenarios: Document | None, path: Path, complaint: str) -> ScenarioError:
    if scenarios is None:
        return ScenarioError(path, None, complaint.removeprefix(f"{path}: "))
    return scenarios.error(("alarms", "plan"), complaint)


def _beside(scenarios: Document, named: str) -> Path:
    return scenarios.path.parent / named


def _catalogue_file(scenarios: Document, named: str) -> Path:
    """A path from the scenario file, or a name that the folders above it know."""
    if named.endswith((".yaml", ".yml")):
        return _beside(scenarios, named)
    for folder in scenarios.path.resolve().parents:
        for place in CATALOGUES:
            if (folder / place.format(named)).is_file():
                return folder / place.format(named)
    raise scenarios.error(
        ("alarms", "catalogue"),
        f"no catalogue {named}: the folders above have no {CATALOGUES[-1].format(named)}. Give its path.",
    )


def _entries(found: Document) -> dict[str, Any]:
    """The alarms by key of a YAML file; an empty one, all comments, has none."""
    if found.data is None:
        return {}
    if not isinstance(found.data, dict):
        raise found.error((), "no alarms: a map of alarms by key is needed.")
    return _named(found.data)


def _named(entries: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): settings for key, settings in entries.items()}


def _definitions(entries: Iterable[tuple[Sequence[Origin], str, Any]], name: str) -> Alarms:
    topics = written.topic_arns(name)
    by_key: dict[str, Alarm] = {}
    for origins, key, settings in entries:
        try:
            by_key[key] = written.definition(key, settings, name=name, topics=topics)
        except written.WrittenError as error:
            where, document = _culprit(origins, error.path)
            raise document.error((*where, *error.path), str(error)) from None
    return Alarms(by_key, {arn: severity for severity, arn in topics.items()})


def _culprit(origins: Sequence[Origin], path: Where) -> Origin:
    """The last one that wrote what is complained about, else the last one of all."""
    wrote = [(where, document) for where, document in origins if (*where, *path) in document.lines]
    return [*origins, *wrote][-1]


def planned(plan: Any) -> Alarms:
    """The alarms of a plan or state by the key of their for_each, else by address. Raises DefinitionError."""
    found = from_terraform(plan)
    keys = [_key(one.address) for one in found]
    severities = _severities(plan)
    by_key: dict[str, Alarm] = {}
    refused: dict[str, str] = {}
    topics: dict[str, str] = {}
    for one, key in zip(found, keys, strict=True):
        unique = key if keys.count(key) == 1 else one.address
        if one.definition is None:
            refused[unique] = str(one.error)
            continue
        alarm = _addressed(one, severities.get(one.address))
        by_key[unique] = alarm
        topics |= {
            arn: severity
            for action in LISTS
            for arn in getattr(alarm, action)
            for severity in written.SEVERITIES
            if arn.endswith(f"-{severity}")
        }
    return Alarms(by_key, topics, refused)


def _key(address: str) -> str:
    """`ecs-service-api-cpu` of `….this["ecs-service-api-cpu"]`, else the whole address."""
    _, mark, key = address.rpartition('["')
    return key.removesuffix('"]') if mark and address.endswith('"]') else address


def _severities(plan: Any) -> dict[str, str]:
    """The severity of alarms whose topic has no ARN yet, by the alarm's address: its topic's key says it."""
    try:
        alarms = plan_reader.read(plan, "plan").alarms
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return {}
    found = {}
    for alarm in alarms:
        keys = {_key(topic) for topic in alarm.alarm_actions.topics} & set(written.SEVERITIES)
        if len(keys) == 1:
            found[alarm.address] = keys.pop()
    return found


def _addressed(planned: Planned, severity: str | None) -> Alarm:
    """The alarm with an ARN in the place of a topic that is not there yet."""
    alarm = planned.definition
    assert alarm is not None  # noqa: S101 -- the caller has dealt with what could not be read
    topic = f"arn:aws:sns:{alarm.region}:{alarm.account}:planned-{severity or 'topic'}"
    actions: dict[str, Any] = {
        action: tuple(topic if arn == UNKNOWN_TEXT else arn for arn in getattr(alarm, action))
        for action in LISTS
    }
    return replace(alarm, **actions)
