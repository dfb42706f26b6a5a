"""Which resources a value that is known only after apply comes from, by the plan's own configuration section.

Terraform leaves locals out of that section, so a reference through a local resolves to nothing.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_KEY = r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]'
_INSTANCE_KEY = re.compile(_KEY)
_MODULE_STEP = re.compile(rf"module\.([A-Za-z0-9_-]+)((?:{_KEY})?)\.")
_RESOURCE = re.compile(rf"((?:data\.)?[a-z][a-z0-9_]*\.[A-Za-z0-9_-]+)((?:{_KEY})?)(?:\.([A-Za-z0-9_]+))?")
_NO_RESOURCE = frozenset({"var", "local", "each", "count", "path", "terraform", "self", "module"})
_MAX_DEPTH = 30  # modules in modules; a plan nests far less


@dataclass(frozen=True)
class Resource:
    """One resource instance of a plan or state."""

    address: str
    type: str
    values: Mapping[str, Any]
    unknown: Mapping[str, Any] = field(default_factory=dict)
    is_data: bool = False

    def known(self, attribute: str) -> Any:
        """The attribute's value, or None when it is known only after apply."""
        return None if self.is_unknown(attribute) else self.values.get(attribute)

    def is_unknown(self, attribute: str) -> bool:
        return bool(_any_true(self.unknown.get(attribute)))


def _any_true(marks: object) -> bool:
    if isinstance(marks, dict):
        return any(map(_any_true, marks.values()))
    if isinstance(marks, list):
        return any(map(_any_true, marks))
    return marks is True


@dataclass(frozen=True)
class Reference:
    """A resource that an expression mentions, with the attribute."""

    address: str
    attribute: str | None


def without_keys(address: str) -> str:
    """`module.a["x"].t.n[0]` -> `module.a.t.n`, as the configuration section spells it."""
    return _INSTANCE_KEY.sub("", address)


def _steps(address: str) -> list[tuple[str, str]]:
    """The modules of an address with their instance keys, outermost first."""
    return [(match[1], match[2]) for match in _MODULE_STEP.finditer(address)]


class References:
    """Looks up where attributes come from. Without a configuration section everything resolves to nothing."""

    def __init__(self, configuration: Mapping[str, Any], resources: Iterable[Resource]) -> None:
        self._root = configuration.get("root_module") or {}
        self.providers: Mapping[str, Any] = configuration.get("provider_config") or {}
        self._instances: dict[str, list[str]] = defaultdict(list)
        for resource in resources:
            self._instances[without_keys(resource.address)].append(resource.address)

    @property
    def has_configuration(self) -> bool:
        return bool(self._root)

    @functools.lru_cache(maxsize=4096)  # noqa: B019 -- lives as long as one run of the command
    def module(self, path: tuple[str, ...]) -> Mapping[str, Any]:
        """A module's configuration."""
        module = self._root
        for name in path:
            module = ((module.get("module_calls") or {}).get(name) or {}).get("module") or {}
        return module

    @functools.lru_cache(maxsize=4096)  # noqa: B019 -- as above
    def _resources(self, path: tuple[str, ...]) -> dict[str, Mapping[str, Any]]:
        return {resource["address"]: resource for resource in self.module(path).get("resources") or ()}

    def configuration(self, address: str) -> Mapping[str, Any] | None:
        """A resource's block in the configuration section."""
        path = tuple(name for name, _ in _steps(address))
        plain = without_keys(address)
        return self._resources(path).get(plain.removeprefix("".join(f"module.{name}." for name in path)))

    def is_written(self, address: str, attribute: str) -> bool | None:
        """Whether the configuration sets the attribute; None when that cannot be told."""
        block = self.configuration(address)
        if block is None:
            return None
        return attribute in (block.get("expressions") or {})

    def of(self, address: str, attribute: str) -> tuple[Reference, ...]:
        """The resource instances that the expression mentions, also through variables and outputs."""
        block = self.configuration(address)
        if block is None:
            return ()
        expression = (block.get("expressions") or {}).get(attribute)
        path = tuple(name for name, _ in _steps(address))
        found: dict[Reference, None] = {}
        for base, key, name in self._resolve(path, tuple(_mentioned(expression)), block, _MAX_DEPTH):
            for instance in self._instances.get(base, ()):
                if _same_modules(address, instance) and (not key or instance.endswith(key)):
                    found[Reference(instance, name)] = None
        return tuple(found)

    def _resolve(
        self, path: tuple[str, ...], mentions: tuple[str, ...], block: Mapping[str, Any], depth: int
    ) -> Iterator[tuple[str, str, str | None]]:
        """(configuration address, instance key, attribute) of every resource behind the mentions."""
        if depth == 0:
            return
        for mention in _longest(mentions):
            head, _, rest = mention.partition(".")
            name = rest.partition(".")[0].partition("[")[0]
            if head == "var" and path:
                call = (self.module(path[:-1]).get("module_calls") or {}).get(path[-1]) or {}
                expression = (call.get("expressions") or {}).get(name)
                yield from self._resolve(path[:-1], tuple(_mentioned(expression)), call, depth - 1)
            elif head == "each":
                yield from self._resolve(
                    path, tuple(_mentioned(block.get("for_each_expression"))), {}, depth - 1
                )
            elif head == "module":
                output = without_keys(rest).partition(".")[2].partition(".")[0]
                inner = (*path, name)
                expression = ((self.module(inner).get("outputs") or {}).get(output) or {}).get("expression")
                yield from self._resolve(inner, tuple(_mentioned(expression)), {}, depth - 1)
            elif head not in _NO_RESOURCE and (match := _RESOURCE.match(mention)):
                prefix = "".join(f"module.{step}." for step in path)
                yield prefix + match[1], match[2], match[3]


def _longest(mentions: tuple[str, ...]) -> Iterator[str]:
    """Terraform lists `a.b.arn` together with `a.b`; only the fullest of them says something."""
    for mention in mentions:
        if not any(
            other != mention and other.startswith((f"{mention}.", f"{mention}[")) for other in mentions
        ):
            yield mention


def _mentioned(expression: object) -> Iterator[str]:
    if isinstance(expression, list):
        for item in expression:
            yield from _mentioned(item)
    elif isinstance(expression, dict):
        references = expression.get("references")
        if isinstance(references, list):
            yield from references
        for key, value in expression.items():
            if key not in {"references", "constant_value"}:
                yield from _mentioned(value)


def _same_modules(one: str, other: str) -> bool:
    """Whether two addresses agree on the instances of the modules that they share."""
    for (name, key), (other_name, other_key) in zip(_steps(one), _steps(other), strict=False):
        if name != other_name:
            return True
        if key != other_key:
            return False
    return True
