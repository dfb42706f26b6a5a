"""The notifier's configuration has one shape in the function, in its module and in the list of known keys."""

import json
import re
from pathlib import Path

import pytest

from notify_slack import config, dress, events, log_links, rules

MODULES = Path(__file__).resolve().parents[2] / "terraform/modules"
FROM_THE_MODULE = {"name", "topics"}  # the module gives these, nobody writes them


def shape(expression):
    """The keys of an object type as nested dictionaries; any other type is None."""
    tokens = re.findall(r"[\w-]+|[{}()=\[\],]", re.sub(r'"[^"]*"|#.*', "", expression))

    def read(place):
        """The type that begins at `place`, and where it ends."""
        if tokens[place] in {"optional", "map", "list"} and tokens[place + 1] == "(":
            inner, place = read(place + 2)
            return inner, close(place)
        if tokens[place] == "object":
            return fields(place + 3)
        return None, place + 1

    def close(place):
        """Past the closing parenthesis, over a default value."""
        depth = 0
        while depth or tokens[place] != ")":
            depth += {"(": 1, ")": -1, "{": 1, "}": -1, "[": 1, "]": -1}.get(tokens[place], 0)
            place += 1
        return place + 1

    def fields(place):
        found = {}
        while tokens[place] != "}":
            name = tokens[place]
            found[name], place = read(place + 2)
            place += tokens[place] == ","
        return found, place + 2  # the brace, and the parenthesis of object({…})

    return read(0)[0]


@pytest.fixture(scope="module")
def written():
    text = (MODULES / "slack_notifier/config.tf").read_text()
    variable = re.search(r'^variable "config" \{\n(.+?)^\}', text, re.MULTILINE | re.DOTALL)
    assert variable
    type_ = re.search(r"^  type = (object\(.+?^  \}\))$", variable[1], re.MULTILINE | re.DOTALL)
    assert type_
    return shape(type_[1])


def test_the_module_knows_every_key_that_the_function_knows(written):
    hours = set(rules.HOURS_KEYS)
    assert set(written) == set(config.CONFIG_KEYS) - FROM_THE_MODULE
    assert set(written["severities"]) == set(config.POLICY_KEYS)
    assert set(written["bot"]) == set(config.BOT_KEYS)
    assert set(written["sweep"]) == set(config.SWEEP_KEYS)
    assert set(written["logs"]) == set(log_links.LOGS_KEYS)
    assert set(written["quiet_hours"]) == hours
    assert set(written["kinds"]) == set(dress.KIND_KEYS)
    assert set(written["kinds"]["links"]) == set(dress.LINK_KEYS)
    assert set(written["rules"]) == set(rules.RULE_KEYS)
    assert set(written["rules"]["when"]) == set(rules.WHEN_KEYS)
    assert set(written["rules"]["when"]["hours"]) == hours


def test_unknown_keys_are_refused_by_the_same_lists(written):
    files = ("notifier_config.tf", "unknown_keys.tf")
    text = "".join((MODULES / "alerting" / name).read_text() for name in files)
    lists = {
        name: set(re.findall(r'"(\w+)"', keys))
        for name, keys in re.findall(r"^  (\w+)\s+= (\[.+\])$", text, re.MULTILINE)
    }
    known = {
        path: set(re.findall(r'"(\w+)"', keys))
        for path, keys in re.findall(r'path = "notifier_config\.([\w.]+)[^\n]*?known = (\[[^\n\]]+\])', text)
    }
    assert lists["notifier_keys"] == set(written)
    assert lists["severity_config"] == set(written["severities"])
    assert lists["rule_keys"] == set(written["rules"])
    assert lists["when_keys"] == set(written["rules"]["when"])
    assert lists["hours_keys"] == set(written["quiet_hours"])
    assert known["bot"] == set(written["bot"])
    assert known["sweep"] == set(written["sweep"])
    assert known["logs"] == set(written["logs"])
    assert set(written["kinds"]) in (
        set(re.findall(r'"(\w+)"', keys)) for keys in re.findall(r"known = (\[[^\]]+\])", text)
    )


def test_terraform_knows_every_kind():
    assert json.loads((MODULES / "slack_notifier/kinds.json").read_text()) == list(events.NAMES)


def test_the_placeholders_are_the_same():
    text = (MODULES / "slack_notifier/config.tf").read_text()
    found = re.search(r'placeholders = "(.+)"', text)
    assert found
    assert found[1].split("|")[:-1] == list(dress.PLACEHOLDERS)
