import json

import pytest
from moto import mock_aws

from alarmctl.cli import main

REGION = "us-east-1"
CONFIG = {
    "name": "acme",
    "topics": {
        "critical": f"arn:aws:sns:{REGION}:123456789012:acme-critical",
        "warning": f"arn:aws:sns:{REGION}:123456789012:acme-warning",
    },
}
BASE = ["instances", "--plan", "--name", "acme", "--region", REGION]


@pytest.fixture
def aws(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        import boto3  # noqa: PLC0415 - under moto

        yield lambda service: boto3.client(service, region_name=REGION)


@pytest.fixture
def launched(aws):
    found = aws("ec2").run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, InstanceType="m5.large")
    return found["Instances"][0]["InstanceId"]


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(CONFIG))
    return str(path)


def test_shows_what_would_be_done_and_does_nothing(aws, launched, config, capsys):
    assert main([*BASE, "--config", config]) == 1
    out = capsys.readouterr().out
    assert (
        f"+ acme-auto/{launched}/system-check/critical  StatusCheckFailed_System ≥ 1 → acme-critical" in out
    )
    assert out.endswith("3 to create, 0 to change, 0 to delete, 0 to mute, 0 to unmute; 0 problems.\n")
    assert aws("cloudwatch").describe_alarms()["MetricAlarms"] == []


def test_one_instance_as_json(launched, config, capsys):
    assert main([*BASE, "--config", config, "--instance", launched, "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [alarm["MetricName"] for alarm in found["create"]] == [
        "StatusCheckFailed_AttachedEBS",
        "StatusCheckFailed_Instance",
        "StatusCheckFailed_System",
    ]
    assert found["delete"] == []


def test_an_account_in_order_is_exit_0(aws, config, capsys):
    assert main([*BASE, "--config", config]) == 0
    assert capsys.readouterr().out.startswith("0 to create")


def test_without_a_function_it_says_what_to_do(aws, capsys):
    assert main(BASE) == 1
    assert "There is no function acme-instance-alarms here" in capsys.readouterr().err


def test_bad_settings_are_named(tmp_path, aws, capsys):
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(CONFIG | {"paging": "some"}))
    assert main([*BASE, "--config", str(path)]) == 2
    assert "paging is 'some'" in capsys.readouterr().err
    assert main([*BASE, "--config", str(tmp_path / "none.json")]) == 2


def test_it_only_plans(capsys):
    with pytest.raises(SystemExit) as left:
        main(["instances", "--name", "acme"])
    assert left.value.code == 2
    assert "--plan" in capsys.readouterr().err
