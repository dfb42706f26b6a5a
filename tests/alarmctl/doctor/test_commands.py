"""`alarmctl doctor` as a person runs it, against moto."""

import json

import pytest
from botocore.exceptions import ClientError

from alarmctl import account as accounts
from alarmctl.cli import main


def test_an_account_without_the_stack(account, capsys):
    assert (
        main(["doctor", "--name", "acme", "--region", "eu-west-1", "--format", "json", "--assumptions"]) == 1
    )
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] == "fail"
    checks = [line["check"] for line in found["lines"]]
    assert {"webhook", "canary", "dead letters", "assumption: own waits hold"} <= set(checks)
    assert all(line["do"] for line in found["lines"] if line["verdict"] != "pass")


def test_without_the_canary(account, capsys):
    main(["doctor", "--name", "acme", "--region", "eu-west-1", "--no-canary"])
    assert "canary" not in capsys.readouterr().out


@pytest.mark.usefixtures("account")
def test_credentials_that_aws_does_not_take(monkeypatch, capsys):
    def refuse(_self, _service):
        raise ClientError({"Error": {"Code": "ExpiredToken"}}, "GetCallerIdentity")

    monkeypatch.setattr(accounts.Account, "client", refuse)
    assert main(["doctor", "--name", "acme", "--region", "eu-west-1"]) == 1
    assert "AWS does not take these credentials (ExpiredToken)" in capsys.readouterr().err


@pytest.mark.usefixtures("account")
def test_no_region(monkeypatch, capsys):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    assert main(["doctor", "--name", "acme"]) == 1
    assert "give --region" in capsys.readouterr().err


def test_a_name_that_is_none(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["doctor", "--name", "Acme!"])
    assert exit_.value.code == 2
    assert "'Acme!' is no stack's name" in capsys.readouterr().err


def test_a_local_aws_gets_no_real_credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    local = accounts.Account("demo-local", None, "http://127.0.0.1:4566")
    assert local.session.get_credentials().access_key == "test"
    assert local.client("sqs").meta.endpoint_url == "http://127.0.0.1:4566"
