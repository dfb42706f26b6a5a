"""Event files and configurations, as a person names them on the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from notify_slack import config
from notify_slack.envelope import loads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from notify_slack.config import Config

STDIN = "-"


class InputError(ValueError):
    """A file that cannot be read; the text names it."""


def events(names: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Each file's name and what it holds: JSON, or text that is none. `-` is standard input.

    A folder stands for every JSON file below it. Raises InputError.
    """
    for name in names:
        if name == STDIN:
            yield name, _event(sys.stdin.read())
            continue
        path = Path(name)
        if not path.is_dir():
            yield name, _event(_text(path))
            continue
        files = sorted(path.rglob("*.json"))
        if not files:
            raise InputError(f"{name}: there is no .json file in this folder. Write each event into one.")
        for file in files:
            yield str(file), _event(_text(file))


def _event(text: str) -> Any:
    """As the notifier takes it: a number or a word alone is text that somebody sent."""
    value = loads(text)
    return value if isinstance(value, dict | list | str) else text


def settings(name: str | None, environment: str) -> Config:
    """The configuration in a file of JSON or YAML; None gives the defaults.

    Raises InputError or ConfigError.
    """
    if name is None:
        return config.from_json("", environment=environment)
    text = _text(Path(name))
    if Path(name).suffix in {".yaml", ".yml"}:
        try:
            text = json.dumps(yaml.safe_load(text), default=str)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f", line {mark.line + 1}" if mark else ""
            raise InputError(f"{name}{where}: this is no YAML. Mend it, or give JSON.") from None
    return config.from_json(text, environment=environment)


def _text(path: Path) -> str:
    try:
        # An event of any bytes is an event: what is no UTF-8 is shown as such.
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}.") from None
