"""Versions share a table: what the first one wrote is read today, and what is written today it could read.

`ledger_of_the_first_version.json` is the table as the first version with a ledger left it, two minutes after
the start: t-00000 fires, t-00001 fired and is over, one sweep was made.
"""

import json
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from tests.torture.report import report
from tests.torture.test_threads import Stack
from tests.torture.world import Event, eventbridge, sns

from alarmctl.cli import main
from alarmctl.slack.server import FakeSlack

FIRST = json.loads((Path(__file__).parent / "ledger_of_the_first_version.json").read_text())
FIRED, FIRED_TOO, ENDED = (1.0, 0, "ALARM"), (30.0, 1, "ALARM"), (60.0, 1, "OK")


def event(world, at, number, state):
    previous = "OK" if state == "ALARM" else "ALARM"
    return Event(f"t-{number:05d}", "critical", state, previous, world.time.now + at)


@pytest.fixture
def old(simulate):
    """A stack of today on the first version's table, at the time at which that was left."""
    world = simulate(1)
    world.table.items |= {key: dict(item) for key, item in FIRST.items()}
    world.told = [event(world, *one) for one in (FIRED, FIRED_TOO, ENDED)]
    world.run(150)
    return world


def test_what_the_first_version_told_is_not_told_again(old):
    for number, one in enumerate(old.told):
        old.send(sns(one, f"sns-{number}"))
        old.send(eventbridge(one, f"event-{number}"))
    old.account.states = {one.alarm: one for one in old.told}
    old.sweep_every(300.0)
    old.run(700)
    assert old.channel.lines == []


def test_an_alarm_of_the_first_version_ends_and_fires_again(old):
    for at, state in ((1.0, "OK"), (60.0, "ALARM"), (120.0, "OK")):
        old.emit(event(old, at, 0, state))
    old.drain(60)
    assert [line.state for line in old.channel.lines] == ["OK", "ALARM", "OK"]
    assert (report(old).lost, report(old).wrong) == (0, 0)


def kinds(items):
    """The attributes of each kind of item, with their types."""
    found: dict[str, dict[str, str]] = {}
    for key, item in items.items():
        kind = found.setdefault(key.partition("#")[0], {})
        kind |= {name: next(iter(value)) for name, value in item.items()}
    return found


def test_todays_items_are_the_first_versions_and_more(simulate):
    world = simulate(1)
    for one in (FIRED, FIRED_TOO, ENDED):
        world.emit(event(world, *one))
    world.run(120)
    world.time.start(lambda: world.invoke({"notify_slack": "sweep"}))
    world.run(30)
    assert world.table.items.keys() == FIRST.keys(), "the same keys"
    today, then = kinds(world.table.items), kinds(FIRST)
    assert all(today[kind].items() >= attributes.items() for kind, attributes in then.items())
    meant = ("alarm", "shown", "urgency", "newest_at", "firing_since")
    for key, item in FIRST.items():
        assert {name: item.get(name) for name in meant} == {
            name: world.table.items[key].get(name) for name in meant
        }


def test_a_bots_items_only_add():
    stack = Stack()
    with FakeSlack(burst=3, clock=stack.clock) as stack.slack:
        stack.tell()
        stack.tell("OK", "ALARM", after=60.0)
    today, then = kinds(stack.table.items), kinds(FIRST)
    assert today["alarm"].items() >= then["alarm"].items()
    assert today["event"] == then["event"]
    added = {"channel", "picture", "said", "sent_to", "thread_at", "ts"}
    assert today["alarm"].keys() - then["alarm"].keys() == added


def test_the_alias_goes_back_a_version_and_forward_again(monkeypatch, capsys):
    """Against moto's Lambda, which knows versions and aliases."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        role = boto3.client("iam", "us-east-1").create_role(RoleName="acme", AssumeRolePolicyDocument="{}")[
            "Role"
        ]["Arn"]
        client = boto3.client("lambda", "eu-west-1")
        function = {"FunctionName": "acme-notify-slack"}
        client.create_function(
            **function, Role=role, Runtime="python3.13", Handler="x.y", Code={"ZipFile": b"one"}, Publish=True
        )
        client.update_function_code(**function, ZipFile=b"two", Publish=True)
        client.create_alias(**function, Name="live", FunctionVersion="2")

        def live():
            return client.get_alias(**function, Name="live")["FunctionVersion"]

        rollback = ["rollback", "--name", "acme", "--region", "eu-west-1"]
        assert main(rollback) == 0
        assert live() == "2"
        assert main([*rollback, "--yes"]) == 0
        assert live() == "1"
        assert main([*rollback, "--yes"]) == 1
        assert "no version before the one in use" in capsys.readouterr().err
        assert main([*rollback, "--to", "2", "--yes"]) == 0
        assert live() == "2"
