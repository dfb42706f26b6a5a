"""`alarmctl rollback`, against canned answers of Lambda."""

import json
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from alarmctl import account
from alarmctl.cli import main

RUN = ["rollback", "--name", "acme", "--region", "eu-west-1"]


class Lambda:
    """Versions 1, 2 and 10, of which one is live."""

    def __init__(self, live, numbers=("$LATEST", "1", "2", "10")):
        self.live = live
        self.numbers = numbers
        self.updated = []

    def get_alias(self, FunctionName, Name):  # noqa: N803 - boto3's names
        if FunctionName != "acme-notify-slack" or Name != "live":
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetAlias")
        return {"FunctionVersion": self.live}

    def get_paginator(self, operation):
        assert operation == "list_versions_by_function"
        versions = [
            {
                "Version": number,
                "LastModified": "2026-03-02T10:00:00.000+0000",
                "CodeSha256": f"code-of-{number}==",
            }
            for number in self.numbers
        ]
        return SimpleNamespace(
            paginate=lambda **_: iter([{"Versions": versions[:2]}, {"Versions": versions[2:]}])
        )

    def update_alias(self, **parameters):
        self.updated.append(parameters)


@pytest.fixture
def function(monkeypatch):
    def make(live="10", **settings):
        found = Lambda(live, **settings)
        monkeypatch.setattr(account.Account, "client", lambda *_: found)
        return found

    return make


def test_shows_the_versions_newest_first_and_changes_nothing(function, capsys):
    found = function()
    assert main(RUN) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["10", "2", "1"]
    assert lines[0].endswith("in use")
    assert lines[3] == "Nothing was changed. With --yes, version 2 would be in use."
    assert found.updated == []


@pytest.mark.parametrize(("words", "version"), [([], "2"), (["--to", "1"], "1"), (["--to", "10"], "10")])
def test_moves_the_alias_with_all_its_traffic(function, capsys, words, version):
    found = function()
    assert main([*RUN, "--yes", *words]) == 0
    assert found.updated == [
        {
            "FunctionName": "acme-notify-slack",
            "Name": "live",
            "FunctionVersion": version,
            "RoutingConfig": {"AdditionalVersionWeights": {}},
        }
    ]
    out = capsys.readouterr().out
    assert f"Version {version} is in use." in out
    assert f'notifier = {{ live_version = "{version}" }}' in out


def test_json(function, capsys):
    function()
    assert main([*RUN, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["target"], found["done"]) == (2, False)
    assert [(one["number"], one["live"]) for one in found["versions"]] == [(10, True), (2, False), (1, False)]


@pytest.mark.parametrize(
    ("live", "words", "sentence"),
    [
        ("1", [], "There is no version before the one in use. Published: 10, 2, 1; in use: 1."),
        ("10", ["--to", "7"], "There is no version 7. Published: 10, 2, 1; in use: 10."),
    ],
)
def test_nothing_to_go_back_to(function, capsys, live, words, sentence):
    found = function(live)
    assert main([*RUN, "--yes", *words]) == 1
    assert sentence in capsys.readouterr().err
    assert found.updated == []


def test_a_long_list_is_cut(function, capsys):
    function("12", numbers=[str(number) for number in range(1, 15)])
    assert main(RUN) == 0
    assert "… and 4 older" in capsys.readouterr().out


def test_a_stack_that_is_not_there(function, capsys):
    function()
    assert main(["rollback", "--name", "other", "--region", "eu-west-1"]) == 1
    assert "other-notify-slack cannot be used (ResourceNotFoundException)" in capsys.readouterr().err
