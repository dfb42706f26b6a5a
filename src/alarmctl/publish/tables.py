"""TOML tables read key by key: a wrong value, or a key that nobody knows, is refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alarmctl.publish.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping


MANY = 1000  # of ports: a filter of more would not fit in its own jumps


class Table:
    """One table; `where` names it in errors. `end` refuses what was not asked for."""

    def __init__(self, where: str, content: Any) -> None:
        if not isinstance(content, dict):
            raise ConfigError(f"{where}: a table is needed, not {content!r}.")
        self.where = where
        self._left = dict(content)
        self._known: list[str] = []

    def _take(
        self, key: str, default: Any, kind: Callable[[Any], bool], wanted: str, *, needed: bool = False
    ) -> Any:
        self._known.append(key)
        if key not in self._left:
            if needed:
                raise ConfigError(f"{self.where}: {key} is missing. It is {wanted}.")
            return default
        value = self._left.pop(key)
        if not kind(value):
            raise ConfigError(f"{self.where}.{key}: {value!r} is not {wanted}.")
        return value

    def text(
        self, key: str, default: str | None = None, *, choices: Collection[str] = (), needed: bool = False
    ) -> Any:
        """A text, or the default."""
        wanted = f"one of {', '.join(sorted(choices))}" if choices else "a text"

        def fits(value: Any) -> bool:
            return isinstance(value, str) and (not choices or value in choices)

        return self._take(key, default, fits, wanted, needed=needed)

    def number(self, key: str, default: float, low: float, high: float) -> float:
        """A number from low to high."""

        def fits(value: Any) -> bool:
            return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high

        return float(self._take(key, default, fits, f"a number from {low:g} to {high:g}"))

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number from low to high."""

        def fits(value: Any) -> bool:
            return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

        return int(self._take(key, default, fits, f"a whole number from {low} to {high}"))

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        return bool(self._take(key, default, lambda value: isinstance(value, bool), "true or false"))

    def texts(
        self,
        key: str,
        default: tuple[str, ...] = (),
        *,
        choices: Collection[str] = (),
        needed: bool = False,
    ) -> tuple[str, ...]:
        """A list of texts, not empty where it is needed."""
        wanted = f"a list of {', '.join(choices)}" if choices else "a list of texts"

        def fits(value: Any) -> bool:
            return (
                isinstance(value, list)
                and (bool(value) or not needed)
                and all(isinstance(one, str) and (not choices or one in choices) for one in value)
            )

        return tuple(self._take(key, default, fits, wanted, needed=needed))

    def numbers(self, key: str, low: int, high: int) -> tuple[int, ...]:
        """A list of whole numbers, at least one and at most MANY."""

        def fits(value: Any) -> bool:
            return (
                isinstance(value, list)
                and 0 < len(value) <= MANY
                and all(
                    isinstance(one, int) and not isinstance(one, bool) and low <= one <= high for one in value
                )
            )

        return tuple(self._take(key, (), fits, f"a list of whole numbers from {low} to {high}", needed=True))

    def sets(self, key: str) -> tuple[tuple[str, ...], ...] | None:
        """A list of lists of texts, or None."""

        def fits(value: Any) -> bool:
            return isinstance(value, list) and all(
                isinstance(names, list) and all(isinstance(name, str) for name in names) for names in value
            )

        value = self._take(key, None, fits, "a list of lists of dimensions' names")
        return None if value is None else tuple(dict.fromkeys(tuple(names) for names in value))

    def mapping(self, key: str, *, needed: bool = False, secret: bool = False) -> Mapping[str, Any]:
        """A table as it is; empty where there is none. Of a secret, errors do not repeat what was written."""

        def fits(value: Any) -> bool:
            return isinstance(value, dict) and (bool(value) or not needed)

        if secret and not fits(self._left.get(key, {})):
            raise ConfigError(f"{self.where}.{key}: name where it is kept, in a table; never write it down.")
        value: Mapping[str, Any] = self._take(key, {}, fits, "a table", needed=needed)
        return value

    def rest(self) -> dict[str, Any]:
        """What was not asked for."""
        return dict(self._left)

    def end(self) -> None:
        """Raise ConfigError if a key was not asked for."""
        if self._left:
            raise ConfigError(
                f"{self.where}: unknown key {', '.join(sorted(self._left))}. "
                f"Choose from {', '.join(sorted(set(self._known)))}."
            )
