"""A parser meets what AWS never documented: any value missing, or of another type. None of them may raise.

`events.parse` would catch it, and show the event raw; here the parsers stand alone.
"""

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest

from notify_slack import events
from notify_slack.envelope import unwrap
from notify_slack.model import Alert, Severity, Status

FIXTURES = sorted((Path(__file__).parent / "events").glob("*.json"))
OTHERS: tuple[object, ...] = (None, "", "x", 7, -1.5, True, [], ["x", None], {}, {"x": {"y": []}})


def paths(value, path=()):
    yield path
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in children:
        yield from paths(child, (*path, key))


def changed(event, path, other):
    if not path:
        return other
    copy = deepcopy(event)
    place = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = other
    return copy


@pytest.mark.parametrize("file", FIXTURES, ids=lambda file: file.stem)
def test_no_value_of_any_type_makes_a_parser_raise(file):
    (received,) = unwrap(json.loads(file.read_text()))
    kind = events.kind_of(received.content)
    for path in paths(received.content):
        for other in OTHERS:
            content = changed(received.content, path, other)
            found = events.PARSERS[kind](replace(received, content=content), kind)
            assert isinstance(found, Alert)
            assert isinstance(found.status, Status), path
            assert isinstance(found.suggested, Severity), path
            assert found.title.strip(), path
            assert all(isinstance(field.value, str) for field in (*found.fields, *found.details)), path
            assert all(link.url.startswith("http") for link in found.links), path
