"""YAML with the line of everything in it, so that a complaint can point there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Where = tuple[str | int, ...]
Lines = dict[Where, int]


class ScenarioError(ValueError):
    """A scenario file that cannot be run; the text names file, line, scenario and culprit."""

    def __init__(self, path: Path, line: int | None, complaint: str, scenario: str = "") -> None:
        self.path = path
        self.line = line
        self.scenario = scenario
        place = f"{path}:{line}" if line else f"{path}"
        super().__init__(f"{place}: {f'scenario {scenario!r}: ' if scenario else ''}{complaint}")


@dataclass(frozen=True)
class Document:
    """Parsed YAML. `lines`: where each key and item stands, counted from 1, by the path that leads there."""

    path: Path
    data: Any
    lines: Mapping[Where, int]

    def line(self, where: Where) -> int:
        """The line of the innermost thing on the path that has one."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)

    def error(self, where: Where, complaint: str, scenario: str = "") -> ScenarioError:
        return ScenarioError(self.path, self.line(where), complaint, scenario)


RESOLVED_HERE = ("int", "float", "timestamp")
NUMBERS = {
    "int": re.compile(r"-?(?:0|[1-9][0-9]*)\Z"),
    "float": re.compile(r"-?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?\Z"),
}


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C one where it was built
    """Safe, and only plain decimal numbers are numbers: YAML 1.1 reads 0x10 as 16, 1:30 as 90, 010 as 8."""

    yaml_implicit_resolvers = {  # noqa: RUF012 -- PyYAML's own class attribute
        first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] not in RESOLVED_HERE]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


for kind, pattern in NUMBERS.items():
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", pattern, list("-0123456789."))


def read(path: Path) -> Document:
    """Raises ScenarioError for what cannot be opened, is no YAML, or says a key twice."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError(path, None, f"{error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise ScenarioError(path, None, "not UTF-8 text.") from None
    try:
        loader = Loader(text)
        try:
            node = loader.get_single_node()
            lines = _lines(path, node)
            data = loader.construct_document(node) if node else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ScenarioError(path, mark.line + 1 if mark else None, f"no YAML: {error.problem}.") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, ScenarioError):
            raise
        raise ScenarioError(path, None, f"no YAML: {type(error).__name__}.") from None
    return Document(path, data, lines)


def _lines(path: Path, root: yaml.Node | None) -> Lines:
    lines: Lines = {}
    waiting: list[tuple[Where, yaml.Node]] = [((), root)] if root else []
    above: set[int] = set()
    while waiting:
        where, node = waiting.pop()
        lines.setdefault(where, node.start_mark.line + 1)
        if id(node) in above:  # an alias; its own place is the anchor's
            continue
        above.add(id(node))
        for key, line, child in _children(node):
            below = (*where, key)
            if below in lines:
                raise ScenarioError(path, line, f"{key} stands there twice; first in line {lines[below]}.")
            lines[below] = line
            waiting.append((below, child))
    return lines


def _children(node: yaml.Node) -> Iterator[tuple[str | int, int, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.tag != "tag:yaml.org,2002:merge":
                yield str(key.value), key.start_mark.line + 1, value
    elif isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            yield place, item.start_mark.line + 1, item
