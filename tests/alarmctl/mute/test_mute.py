"""`alarmctl mute`, against CloudWatch's API as botocore's stubber checks it."""

import argparse
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber

from alarmctl import cli
from alarmctl.mute import actions, commands
from alarmctl.mute.account import KINDS, Account
from alarms import scheduled_change
from alarms.mute import from_put_alarm_mute_rule
from alarms.mute_window import MuteError, duration, moment, rules, span, window, words

NOW = datetime(2026, 3, 2, 10, 15, 20, tzinfo=UTC)
ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm-mute-rule:"
HEALTH = Path(__file__).resolve().parents[2] / "notify_slack/events/health.json"


class Cloud:
    """An account whose every call is expected; `done` holds it to them."""

    def __init__(self):
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "eu-west-1"}
        self.cloudwatch = Stubber(boto3.client("cloudwatch", **keys))
        self.sts = Stubber(boto3.client("sts", **keys))
        self.cloudwatch.activate()
        self.sts.activate()
        self.account = Account(self.cloudwatch.client, self.sts.client)

    def alarms(self, names, *, more=None, composites=(), **chosen):
        """Expect DescribeAlarms and answer with alarms of these names."""
        answer = {
            "MetricAlarms": [{"AlarmName": name, **(more or {})} for name in names],
            "CompositeAlarms": [{"AlarmName": name} for name in composites],
        }
        self.cloudwatch.add_response("describe_alarms", answer, {"AlarmTypes": KINDS, **chosen})

    def caller(self, arn="arn:aws:sts::123456789012:assumed-role/admin/alice"):
        answer = {"Arn": arn, "Account": "123456789012", "UserId": "A"}
        self.sts.add_response("get_caller_identity", answer, {})

    def puts(self, count=1):
        """Expect PutAlarmMuteRule; give the parameters it came with."""
        seen = []
        self.cloudwatch.client.meta.events.register(
            "provide-client-params.cloudwatch.PutAlarmMuteRule", lambda params, **_: seen.append(params)
        )
        for _ in range(count):
            self.cloudwatch.add_response("put_alarm_mute_rule", {})
        return seen

    def mutes(self, *found):
        """Expect ListAlarmMuteRules and a GetAlarmMuteRule for each."""
        summaries = [{"AlarmMuteRuleArn": ARN + one["Name"]} for one in found]
        self.cloudwatch.add_response("list_alarm_mute_rules", {"AlarmMuteRuleSummaries": summaries}, {})
        for one in sorted(found, key=lambda one: one["Name"]):
            self.cloudwatch.add_response("get_alarm_mute_rule", one, {"AlarmMuteRuleName": one["Name"]})

    def answer(self, *words, now=NOW):
        parser = argparse.ArgumentParser()
        commands.register(parser.add_subparsers())
        said = actions.answer(parser.parse_args(["mute", *words]), self.account, now)
        self.done()
        return said

    def done(self):
        self.cloudwatch.assert_no_pending_responses()
        self.sts.assert_no_pending_responses()


@pytest.fixture
def cloud():
    return Cloud()


def stored(name, expression, length="PT2H", names=("api-cpu",), description="upgrade | owner: alice"):
    schedule = {"Expression": expression, "Duration": length, "Timezone": "UTC"}
    rule = {"Name": name, "Rule": {"Schedule": schedule}, "MuteTargets": {"AlarmNames": list(names)}}
    return rule | {"Description": description}


ACTIVE = stored("mute-20260302T1000-aaaaaaaa", "at(2026-03-02T10:00)", names=("api-cpu", "api-5xx"))
PAST = stored("mute-20260301T1000-bbbbbbbb", "at(2026-03-01T10:00)")
COMING = stored("mute-20260303T1000-cccccccc", "at(2026-03-03T10:00)")
WEEKLY = stored("acme-sunday", "cron(0 2 * * SUN)", description="backups")


class TestMuting:
    def test_mutes_from_the_next_full_minute_what_the_pattern_names(self, cloud):
        cloud.alarms(["api-5xx", "api-cpu", "apix"], AlarmNamePrefix="api-", composites=["api-down"])
        cloud.caller()
        seen = cloud.puts()
        cloud.alarms(["api-5xx"], AlarmNames=["api-5xx", "api-cpu", "api-down"], StateValue="ALARM")
        said = cloud.answer("api-*", "--for", "2h", "--why", "database  upgrade")
        schedule = {"Expression": "at(2026-03-02T10:16)", "Duration": "PT2H", "Timezone": "UTC"}
        assert seen == [
            {
                "Name": seen[0]["Name"],
                "Description": "database upgrade | owner: admin/alice",
                "Rule": {"Schedule": schedule},
                "MuteTargets": {"AlarmNames": ["api-5xx", "api-cpu", "api-down"]},
            }
        ]
        assert "muted 3 alarms: api-5xx, api-cpu, api-down" in said
        assert "from 2026-03-02 10:16 to 2026-03-02 12:16 UTC (2 h)" in said
        assert "already in ALARM, told again when the mute ends: api-5xx" in said
        assert f"alarmctl mute end {seen[0]['Name']}" in said

    def test_several_names_and_an_owner(self, cloud):
        cloud.alarms(["api-cpu", "api-cpu-high"], AlarmNamePrefix="api-cpu")
        cloud.alarms(["web-cpu"], AlarmNamePrefix="web-cpu")
        seen = cloud.puts()
        cloud.alarms([], AlarmNames=["api-cpu", "web-cpu"], StateValue="ALARM")
        cloud.answer("api-cpu", "web-cpu", "--for", "30m", "--why", "deploy", "--owner", "team-web")
        assert seen[0]["MuteTargets"] == {"AlarmNames": ["api-cpu", "web-cpu"]}
        assert seen[0]["Description"].endswith("owner: team-web")

    def test_a_dry_run_puts_nothing(self, cloud):
        cloud.alarms(["api-cpu"], AlarmNamePrefix="api-cpu")
        cloud.alarms([], AlarmNames=["api-cpu"], StateValue="ALARM")
        said = cloud.answer("api-cpu", "--for", "1h", "--why", "x", "--owner", "me", "--dry-run")
        assert said.startswith("would mute 1 alarm: api-cpu")

    def test_reads_every_page_of_alarms(self, cloud):
        first = {"MetricAlarms": [{"AlarmName": "a-1"}], "NextToken": "more"}
        cloud.cloudwatch.add_response(
            "describe_alarms", first, {"AlarmTypes": KINDS, "AlarmNamePrefix": "a-"}
        )
        cloud.alarms(["a-2"], AlarmNamePrefix="a-", NextToken="more")
        assert cloud.account.matching(["a-*"]) == ["a-1", "a-2"]
        cloud.done()

    def test_a_rule_takes_a_hundred_alarms(self, cloud):
        names = [f"api-{number:03}" for number in range(250)]
        cloud.alarms(names, AlarmNamePrefix="api-")
        seen = cloud.puts(3)
        for first in (0, 100, 200):
            cloud.alarms([], AlarmNames=names[first : first + 100], StateValue="ALARM")
        cloud.answer("api-*", "--for", "1h", "--why", "x", "--owner", "me", "--yes")
        assert [len(rule["MuteTargets"]["AlarmNames"]) for rule in seen] == [100, 100, 50]
        assert [rule["Name"].rpartition("-")[2] for rule in seen] == ["1of3", "2of3", "3of3"]

    def test_a_pattern_leaves_the_stacks_own_health_alone(self, cloud):
        cloud.alarms(["api-cpu", "operations-acme-errors"])
        assert cloud.account.matching(["*"]) == ["api-cpu"]
        cloud.alarms(["operations-acme-errors"], AlarmNamePrefix="operations-acme-errors")
        assert cloud.account.matching(["operations-acme-errors"]) == ["operations-acme-errors"]
        cloud.done()

    @pytest.mark.parametrize(
        ("words", "names", "message"),
        [
            (["api-*", "--for", "25h", "--why", "x"], ["api-cpu"], "1 d 1 h is longer than 1 d"),
            (["api-*", "--for", "1h", "--why", "x"], [f"api-{n}" for n in range(101)], "That is 101 alarms"),
            (["api-*", "--for", "16d", "--why", "x", "--yes"], ["api-cpu"], "1 minute to 15 days"),
            (["api-*", "--for", "0m", "--why", "x"], ["api-cpu"], "Say for how long"),
            (["api-*", "--for", "1h"], ["api-cpu"], "Say why"),
            (["api-*", "--why", "x"], ["api-cpu"], "Say for how long"),
            (["api-*", "--for", "1h", "--why", "y" * 1024], ["api-cpu"], "more than 1024"),
            (["api-*", "--for", "1h", "--why", "x"], ["apt"], "No alarm is named api-*"),
        ],
    )
    def test_refuses(self, cloud, words, names, message):
        cloud.alarms(names, AlarmNamePrefix="api-")
        with pytest.raises(MuteError) as refused:
            cloud.answer(*words, "--owner", "me")
        assert message in str(refused.value)

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            ([], "Name the alarms to mute"),
            (["api-*", "--event", "x.json"], "one of the two"),
            (["api-*", "--for", "soon"], "'soon' is no time span"),
            (["api-*", "--for", "1h", "--from", "tonight"], "'tonight' is no time"),
            (["--event", "no-such.json"], "no-such.json: No such file"),
            (["end"], "Name the mute rules to end"),
            (["end", "x", "--over"], "Name the mute rules to end"),
        ],
    )
    def test_refuses_before_asking_aws(self, cloud, words, message):
        with pytest.raises(MuteError) as refused:
            cloud.answer(*words)
        assert message in str(refused.value)


class TestHealth:
    def test_mutes_what_watches_the_named_instances_for_the_changes_window(self, cloud):
        dimensions = {"Dimensions": [{"Name": "InstanceId", "Value": "i-0123456789abcdef0"}]}
        cloud.alarms(["i-cpu"], more=dimensions, composites=["all"])
        seen = cloud.puts()
        cloud.alarms([], AlarmNames=["i-cpu"], StateValue="ALARM")
        cloud.answer("--event", str(HEALTH), "--owner", "bot")
        (rule,) = seen
        assert rule["Rule"]["Schedule"]["Expression"] == "at(2026-03-16T09:00)"
        assert rule["Rule"]["Schedule"]["Duration"] == "PT2H"
        assert rule["Description"].startswith("AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED arn:aws:health:")

    def test_finds_an_instance_inside_metric_math(self, cloud):
        metric = {"Dimensions": [{"Name": "InstanceId", "Value": "i-1"}]}
        queries = [
            {"Id": "e", "Expression": "m*8"},
            {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}},
        ]
        cloud.alarms(["i-1-net"], more={"Metrics": queries})
        event = json.loads(HEALTH.read_text())
        event["detail"]["affectedEntities"] = [{"entityValue": "i-1"}]
        assert cloud.account.watching(scheduled_change.read(event)) == ["i-1-net"]
        cloud.done()

    def test_nothing_watches_it(self, cloud):
        cloud.alarms(["i-cpu"])
        assert "nothing to mute" in cloud.answer("--event", str(HEALTH))

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"source": "aws.ec2"}, "no event of AWS Health"),
            ({"detail": {"eventTypeCategory": "issue"}}, "no scheduledChange but 'issue'"),
            ({"detail": {"affectedEntities": []}}, "no affected entity"),
            ({"detail": {"startTime": None}}, "no startTime"),
            ({"detail": {"startTime": "soon"}}, "is no date: 'soon'"),
        ],
    )
    def test_refuses_other_events(self, change, message):
        event = json.loads(HEALTH.read_text())
        event |= {**change, "detail": event["detail"] | change.get("detail", {})}
        with pytest.raises(MuteError) as refused:
            scheduled_change.read(event)
        assert message in str(refused.value)

    @pytest.mark.parametrize("junk", [None, [], "x", {}, {"detail": 3}])
    def test_refuses_junk(self, junk):
        with pytest.raises(MuteError):
            scheduled_change.read(junk)

    def test_an_arn_stands_for_its_last_part_too(self):
        event = json.loads(HEALTH.read_text())
        arn = "arn:aws:rds:eu-west-1:123456789012:db:orders"
        event["detail"]["affectedEntities"] = [{"entityValue": arn}]
        event["detail"]["endTime"] = event["detail"]["startTime"]
        change = scheduled_change.read(event)
        assert change.entities == (arn, "orders")
        assert change.length is None


class TestList:
    def test_says_what_is_muted_until_when_by_whom_and_why(self, cloud):
        cloud.mutes(ACTIVE, PAST, COMING, WEEKLY)
        cloud.alarms(["api-5xx"], AlarmNames=["api-5xx", "api-cpu"], StateValue="ALARM")
        paragraphs = cloud.answer("list").split("\n\n")
        assert paragraphs[0].split("\n") == [
            "mute-20260302T1000-aaaaaaaa: active, ends in 1 h 45 min (2026-03-02T12:00:00+00:00)",
            "  why: upgrade",
            "  owner: alice",
            "  schedule: at(2026-03-02T10:00) PT2H UTC",
            "  2 alarms: api-cpu, api-5xx",
            "  in ALARM now, told when the mute ends: api-5xx",
        ]
        assert paragraphs[1].startswith("mute-20260303T1000-cccccccc: begins 2026-03-03T10:00:00+00:00")
        assert paragraphs[2].startswith("acme-sunday: not now\n  why: backups\n  owner: nobody named")
        assert len(paragraphs) == 3

    def test_as_json_with_those_that_are_over(self, cloud):
        cloud.mutes(PAST)
        (entry,) = json.loads(cloud.answer("list", "--all", "--format", "json"))
        assert (entry["state"], entry["owner"], entry["alarms"]) == ("over", "alice", ["api-cpu"])

    def test_nothing(self, cloud):
        cloud.mutes()
        assert cloud.answer("list") == "nothing is muted"

    def test_shows_a_schedule_that_it_does_not_know(self, cloud):
        cloud.mutes(stored("odd", "rate(1 day)"))
        assert cloud.answer("list").startswith("odd: not now")


class TestEnd:
    def test_ends_what_the_pattern_names_and_says_what_that_tells(self, cloud):
        cloud.mutes(ACTIVE, COMING, WEEKLY)
        cloud.alarms(["api-5xx"], AlarmNames=["api-5xx", "api-cpu"], StateValue="ALARM")
        for one in (ACTIVE, COMING):
            cloud.cloudwatch.add_response("delete_alarm_mute_rule", {}, {"AlarmMuteRuleName": one["Name"]})
        said = cloud.answer("end", "mute-*")
        assert said.startswith(f"ended 2 mute rules: {ACTIVE['Name']}, {COMING['Name']}")
        assert "in ALARM, and told now: api-5xx" in said

    def test_clears_away_those_of_ours_that_are_over(self, cloud):
        cloud.mutes(ACTIVE, PAST, stored("by-hand", "at(2026-03-01T10:00)"))
        cloud.cloudwatch.add_response("delete_alarm_mute_rule", {}, {"AlarmMuteRuleName": PAST["Name"]})
        assert cloud.answer("end", "--over") == f"ended 1 mute rule: {PAST['Name']}"

    def test_refuses_a_name_that_is_not_there(self, cloud):
        cloud.mutes(ACTIVE)
        with pytest.raises(MuteError, match="No mute rule is named mute-x"):
            cloud.answer("end", "mute-x")


class TestWindow:
    @pytest.mark.parametrize(
        ("text", "length"),
        [("2h", "PT2H"), ("90m", "PT1H30M"), ("1h30m", "PT1H30M"), ("3d", "P3D"), ("1d5m", "P1DT5M")],
    )
    def test_lengths(self, text, length):
        assert duration(span(text)) == length

    @pytest.mark.parametrize("text", ["", " ", "2", "h", "2h 5m", "-1h", "1.5h", "2H"])
    def test_no_lengths(self, text):
        with pytest.raises(MuteError):
            span(text)

    def test_words_round_up(self):
        assert words(timedelta(hours=25, seconds=1)) == "1 d 1 h 1 min"
        assert words(timedelta()) == "0 min"

    def test_times(self):
        assert moment("2026-03-02T22:00") == datetime(2026, 3, 2, 22, tzinfo=UTC)
        assert moment("2026-03-02T22:00+01:00") == datetime(2026, 3, 2, 21, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("second", "minute"),
        [(0, 16), (20, 16), (54, 16), (58, 17)],
        ids=["full", "early", "late", "too-late"],
    )
    def test_begins_at_the_next_minute_that_the_request_can_reach(self, second, minute):
        when = window(None, timedelta(hours=1), NOW.replace(second=second))
        assert (when.start.minute, when.length) == (minute, timedelta(hours=1))

    def test_one_that_began_keeps_its_end(self):
        when = window(NOW - timedelta(minutes=30), timedelta(hours=1), NOW)
        assert when.start == NOW.replace(minute=16, second=0)
        assert when.end == NOW + timedelta(minutes=30)

    def test_one_that_is_over_is_refused(self):
        with pytest.raises(MuteError, match="over already"):
            window(NOW - timedelta(hours=2), timedelta(hours=1), NOW)

    def test_the_engine_reads_what_is_put(self):
        when = window(None, timedelta(hours=2), NOW)
        (put,) = rules(["api-cpu"], when, "why", "me")
        read = from_put_alarm_mute_rule(put)
        assert read.window_at(when.start) == (when.start, when.end)
        assert read.window_at(when.end) is None

    def test_names_differ_by_what_they_mute(self):
        when = window(None, timedelta(hours=2), NOW)
        names = {rules([alarm], when, "why", who)[0]["Name"] for alarm in "ab" for who in ("me", "you")}
        assert len(names) == 4
        assert rules(["a"], when, "why", "me") == rules(["a"], when, "why", "me")


class TestCommand:
    def test_an_old_boto3_is_told(self):
        with pytest.raises(MuteError, match=r"does not know PutAlarmMuteRule yet. Upgrade"):
            Account(object())

    def test_without_credentials_it_ends_in_one_line(self, monkeypatch, capsys):
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        assert cli.main(["mute", "list", "--region", "eu-west-1"]) == 1
        error = capsys.readouterr().err
        assert error.startswith("alarmctl mute: Unable to locate credentials")
        assert error.count("\n") == 1

    def test_wrong_usage_is_2(self, monkeypatch, capsys):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        assert cli.main(["mute", "--region", "eu-west-1"]) == 2
        assert "Name the alarms to mute" in capsys.readouterr().err
