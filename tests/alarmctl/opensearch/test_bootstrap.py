"""`alarmctl opensearch bootstrap` against a domain that keeps state and checks signatures."""

import json

import pytest
from tests.alarmctl.opensearch.conftest import REGION, digest, signature

from alarmctl.cli import main
from alarmctl.opensearch import bootstrap

ROLE = "arn:aws:iam::123456789012:role/acme-logs-delivery"
POLICY = "/_plugins/_ism/policies/logs-retention"


def run(domain, *words):
    """The exit code of the command on this domain."""
    return main(["opensearch", "bootstrap", "--endpoint", domain.url, "--region", REGION, *words])


def test_a_new_domain_gets_everything_and_a_second_run_changes_nothing(domain, capsys):
    assert run(domain, "--writer-role-arn", ROLE) == 0
    first = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=1) for line in first] == [
        ["created", "role of Firehose"],
        ["created", "who has that role"],
        ["created", "index template"],
        ["created", "retention policy"],
        ["unchanged", "policy of 0 indices"],
        ["created", "Dashboards: index-pattern logs"],
        ["created", "Dashboards: search logs-errors"],
        ["created", "Dashboards: visualization logs-levels"],
        ["created", "Dashboards: dashboard logs"],
    ]
    before, writes = digest(domain), len(domain.writes)
    assert run(domain, "--writer-role-arn", ROLE) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == {"unchanged"}
    assert (digest(domain), len(domain.writes)) == (before, writes)


def test_old_indices_are_deleted_and_new_ones_take_the_policy_by_themselves(domain):
    assert run(domain, "--keep-days", "14", "--index-prefix", "shop") == 0
    policy = domain.kept["/_plugins/_ism/policies/shop-retention"]["policy"]
    assert policy["ism_template"] == [{"index_patterns": ["shop-*"], "priority": 100}]
    assert policy["states"][0]["transitions"] == [
        {"state_name": "deleted", "conditions": {"min_index_age": "14d"}}
    ]
    assert policy["states"][1]["actions"] == [{"delete": {}}]
    template = domain.kept["/_index_template/shop"]
    assert template["index_patterns"] == ["shop-*"]
    searched = {
        key for key, of in template["template"]["mappings"]["properties"].items() if of["type"] == "text"
    }
    assert searched == {"message", "exception", "log"}


def test_indices_from_before_take_the_policy(domain, capsys):
    domain.indices = {"logs-2026-03-01": None, "logs-2026-03-02": None, "other-1": None}
    assert run(domain) == 0
    assert "changed    policy of 2 indices" in capsys.readouterr().out
    assert domain.indices == {
        "logs-2026-03-01": "logs-retention",
        "logs-2026-03-02": "logs-retention",
        "other-1": None,
    }
    assert run(domain) == 0
    assert "unchanged  policy of 2 indices" in capsys.readouterr().out


def test_a_policy_of_somebody_else_stays(domain):
    domain.indices = {"logs-2026-03-01": "for-ever", "logs-2026-03-02": None}
    assert run(domain) == 0
    assert domain.indices == {"logs-2026-03-01": "for-ever", "logs-2026-03-02": "logs-retention"}


def test_another_time_reaches_the_indices_that_are_there(domain, capsys):
    domain.indices = {"logs-2026-03-01": None}
    assert run(domain, "--keep-days", "30") == 0
    capsys.readouterr()
    domain.writes.clear()
    assert run(domain, "--keep-days", "7") == 0
    told = capsys.readouterr().out
    assert "changed    retention policy" in told
    assert told.count("created") == 0
    assert domain.writes == [
        ("PUT", POLICY, "if_seq_no=1&if_primary_term=1"),
        ("POST", "/_plugins/_ism/change_policy/logs-*", ""),
    ]


def test_what_somebody_changed_by_hand_is_put_back(domain, capsys):
    assert run(domain, "--writer-role-arn", ROLE) == 0
    domain.kept["/_plugins/_security/api/rolesmapping/logs-firehose"]["backend_roles"] = []
    domain.kept["/_dashboards/api/saved_objects/dashboard/logs"]["attributes"]["title"] = "mine"
    capsys.readouterr()
    assert run(domain, "--writer-role-arn", ROLE) == 0
    changed = [
        line.split(maxsplit=1)[1] for line in capsys.readouterr().out.splitlines() if "un" not in line[:2]
    ]
    assert changed == ["who has that role", "Dashboards: dashboard logs"]


def test_a_dry_run_writes_nothing_and_says_so_by_its_code(domain, capsys):
    assert run(domain, "--dry-run", "--format", "json") == 1
    assert {one["outcome"] for one in json.loads(capsys.readouterr().out)} == {"created", "unchanged"}
    assert domain.writes == []
    assert run(domain) == 0
    assert run(domain, "--dry-run") == 0


def test_dashboards_and_rights_can_be_left_alone(domain):
    assert run(domain, "--no-dashboards", "--replicas", "0") == 0
    assert sorted(domain.kept) == ["/_index_template/logs", POLICY]
    template = domain.kept["/_index_template/logs"]["template"]
    assert template["settings"]["index"]["number_of_replicas"] == "0"


def test_a_refusal_says_whom_to_be(domain, capsys):
    domain.deny = 403
    assert run(domain) == 1
    told = capsys.readouterr().err
    assert "GET /_index_template/logs: HTTP 403. Use the role that is the domain's master user" in told
    assert "wJalr" not in told


def test_ism_that_fails_with_success_is_a_failure(domain, capsys):
    domain.indices, domain.stubborn = {"logs-2026-03-01": None}, True
    assert run(domain) == 1
    assert "ISM add: 1 indices failed: logs-2026-03-01: This index is closed" in capsys.readouterr().err


def test_a_domain_that_is_not_there(domain, capsys):
    assert main(["opensearch", "bootstrap", "--endpoint", "http://127.0.0.1:9", "--region", REGION]) == 1
    assert "127.0.0.1:9 does not answer (ConnectionError)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--endpoint", "http://search.example.com"], "no https address"),
        (["--endpoint", "https://search.example.com/_dashboards"], "more than a host"),
    ],
)
def test_refuses_addresses_that_are_none(words, told, capsys):
    assert main(["opensearch", "bootstrap", "--region", REGION, *words]) == 1
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["--keep-days", "0"],
        ["--keep-days", "a month"],
        ["--index-prefix", "Logs"],
        ["--writer-role-arn", "me"],
    ],
)
def test_refuses_settings_that_are_none(domain, words, capsys):
    with pytest.raises(SystemExit) as ended:
        run(domain, *words)
    assert ended.value.code == 2
    assert words[0] in capsys.readouterr().err


def test_the_fake_notices_a_wrong_signature():
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential=A/20260302/{REGION}/es/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}",
        "X-Amz-Date": "20260302T100000Z",
        "host": "127.0.0.1",
        "x-amz-date": "20260302T100000Z",
    }
    sent, expected = signature("GET", "http://127.0.0.1/_index_template/logs", b"", headers)
    assert sent != expected


def test_what_the_domain_adds_is_no_difference():
    assert bootstrap.holds({"a": [{"b": 1, "by": "domain"}], "c": 2}, {"a": [{"b": 1}]})
    assert not bootstrap.holds({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}]})
    assert not bootstrap.holds({"a": None}, {"a": {"b": 1}})
