"""Names, tags, settings and the templates, without any AWS."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.instance_alarms.world import BASE, TOPICS, settings

from instance_alarms import config, discover, draw, names, notice, tags, templates
from instance_alarms.errors import ConfigError
from instance_alarms.model import PHASES, Alarm, Changes, Instance, Phase, Series

ROOT = Path(__file__).resolve().parents[2]


def test_every_state_has_its_phase():
    assert set(PHASES) == {"pending", "running", "stopping", "stopped", "shutting-down", "terminated"}
    assert set(PHASES.values()) == set(Phase)


paths = st.one_of(st.just("/"), st.text(min_size=1, max_size=60).map(lambda text: f"/{text}"))


@given(paths, paths)
def test_a_mount_is_one_label_and_a_label_one_mount(one, other):
    assert (names.label(one) == names.label(other)) == (
        one == other or one.rstrip("/") == other.rstrip("/") != ""
    )


@given(paths, st.sampled_from(["critical", "warning", "info"]))
def test_a_name_can_be_taken_apart_again(path, severity):
    name = names.Name("i-0123", "space", names.label(path), severity)
    text = names.compose("acme", name)
    assert names.parse("acme", text) == name
    assert len(text) <= 255
    assert text.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "acme-cpu",
        "acme-auto/x/space/critical",
        "acme-auto/i-01/critical",
        "acme-auto/i-01/space/loud",
        "acme-autox/i-01/a/info",
    ],
)
def test_other_names_are_not_ours(text):
    assert names.parse("acme", text) is None


def test_a_group_with_a_strange_name_has_a_plain_owner():
    assert names.group_owner("asg", "web") == "asg:web"
    assert re.fullmatch(r"asg:x[0-9a-f]{12}", names.group_owner("asg", "web /x"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "X"}, "name is 'X'"),
        ({"topics": {}}, "topics is missing"),
        ({"topics": {"loud": "arn"}}, "topics: unknown key loud. Use critical, warning, info"),
        ({"colour": 1}, "unknown key colour"),
        ({"stopped": "keep"}, "stopped is 'keep'. Use delete, mute"),
        ({"watch": "some"}, "watch is 'some'. Use all, tagged"),
        ({"share_percent": 0}, "share_percent is 0. Use a number from 1 to 100"),
        ({"share_percent": "25"}, "share_percent is '25'"),
        ({"notice": "yes"}, "notice is 'yes'. Use true or false"),
        ({"namespaces": []}, r"namespaces is \[\]"),
        ({"environments": {"dev": {"critical": "loud"}}}, "environments.dev.critical is 'loud'"),
        ({"alarms": {"space": {"treshold": 1}}}, "alarms.space: unknown key treshold"),
        (
            {"alarms": {"space": {"thresholds": {"critical": "80"}}}},
            "alarms.space.thresholds.critical is '80'",
        ),
        ({"alarms": {"space": {"thresholds": {"loud": 80}}}}, "unknown key loud"),
        ({"alarms": {"space": {"period": 0}}}, "alarms.space.period is 0"),
    ],
)
def test_bad_settings_are_refused_by_name(change, told):
    with pytest.raises(ConfigError, match=told):
        settings(**change)


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_settings_that_are_no_object(text):
    with pytest.raises(ConfigError, match="INSTANCE_ALARMS_CONFIG"):
        config.from_json(text)


def test_settings_change_the_templates(shipped):
    found = settings(
        alarms={
            "space": {"thresholds": {"warning": None, "critical": 95}, "period": 60},
            "swap": {"enabled": False},
        }
    )
    changed = {one.alarm: one for one in templates.changed(shipped, found.alarms)}
    assert changed["space"].thresholds == {"critical": 95}
    assert changed["space"].period == 60
    assert "swap" not in changed
    with pytest.raises(ConfigError, match=r"alarms.disk names no alarm. Use attached-volumes-check"):
        templates.changed(shipped, settings(alarms={"disk": {}}).alarms)


def test_terraform_knows_the_same_alarms_and_settings(shipped):
    text = (ROOT / "terraform/modules/instance_alarms/variables.tf").read_text()
    alarms = ", ".join(f'"{one}"' for one in sorted(template.alarm for template in shipped))
    assert text.count(f"[{alarms}]") == 2
    config_block = re.search(r'variable "config" \{.*?type = object\(\{(.*?)\n  \}\)', text, re.DOTALL)
    assert config_block
    known = set(re.findall(r"^    (\w+) += optional", config_block[1], re.MULTILINE))
    assert known == set(config.KEYS) - {"name", "topics", "runbook_base_url", "actions_enabled", "tags"}


def test_defaults_are_the_same_in_both():
    text = (ROOT / "terraform/modules/instance_alarms/variables.tf").read_text()
    defaults = dict(
        re.findall(r'^    (\w+) += optional\(\w+(?:\(\w+\))?, ("?[\w.]+"?)\)', text, re.MULTILINE)
    )
    read = config.from_json(json.dumps(BASE | {"puts_per_second": None}))
    del defaults["mount_dimension"]  # of the mode without a function
    for key, value in defaults.items():
        assert json.loads(value) == getattr(read, key), key
    assert {"watch", "stopped", "paging", "share_percent", "puts_per_second"} <= set(defaults)


def test_every_template_has_a_runbook(shipped):
    for template in shipped:
        assert (ROOT / "docs/runbooks" / template.runbook).is_file()
        assert template.thresholds


def read_tags(shipped, **given):
    return tags.read(Instance("i-01", "running", tags=given), shipped, settings())


def test_tags_that_name_nothing_are_told_of(shipped):
    steering = read_tags(shipped, **{"alarms": "maybe", "alarms:disk": "off", "other": "x"})
    assert steering.watched
    assert len(steering.problems) == 2
    assert "alarms:disk=off names no alarm" in steering.problems[1]


@given(st.dictionaries(st.sampled_from(["alarms", "alarms:space", "alarms:space:/", "alarms:"]), st.text()))
def test_no_tag_breaks_the_plan(given_tags):
    steering = read_tags(templates.shipped(), **given_tags)
    for template in templates.shipped():
        assert all(isinstance(value, float) for value in steering.limits(template, "rootfs").values())


def test_a_slash_may_be_left_out_of_a_mounts_tag(shipped):
    steering = read_tags(shipped, **{"alarms:space:data": "50/70", "alarms:space:rootfs": "off"})
    space = next(one for one in shipped if one.alarm == "space")
    assert steering.limits(space, names.label("/data")) == {"critical": 70, "warning": 50}
    assert not steering.wants("space", names.label("/"))


def test_the_shortest_dimensions_win(shipped):
    long = (("InstanceId", "i-01"), ("device", "nvme0n1"), ("fstype", "xfs"), ("path", "/"))
    short = (("InstanceId", "i-01"), ("path", "/"))
    series = [Series("CWAgent", "disk_used_percent", dimensions) for dimensions in (long, short)]
    found = discover.of_instance(Instance("i-01", "running"), series, shipped, ["CWAgent"])
    (space,) = [target for target in found if target.template.alarm == "space"]
    assert space.series == {"m": (series[1],)}


def test_a_value_over_all_mounts_is_no_mount(shipped):
    series = [Series("CWAgent", "disk_used_percent", (("InstanceId", "i-01"),))]
    found = discover.of_instance(Instance("i-01", "running"), series, shipped, ["CWAgent"])
    assert [target for target in found if target.template.scope == "disk"] == []


def test_a_description_holds_whatever_a_tag_says(shipped):
    instance = Instance("i-01", "running", tags={"Name": "a\n" * 600 + "{threshold}"})
    series = [Series("CWAgent", "mem_used_percent", (("InstanceId", "i-01"),))]
    (target, *_) = [
        one
        for one in discover.of_instance(instance, series, shipped, ["CWAgent"])
        if one.template.alarm == "memory"
    ]
    text = draw.describe(target, settings(), draw.subject_of(instance), 85)
    assert len(text) <= draw.DESCRIPTION_CHARS
    assert text.isprintable()
    assert text.endswith("Made by acme-instance-alarms. Runbook: docs/runbooks/cwa-mem.md")


def test_a_notice_stays_short():
    made = [Alarm(f"acme-auto/i-{number:04x}/memory/warning", {}) for number in range(50)]
    changes = Changes(puts=tuple(made), creates=frozenset(alarm.name for alarm in made), problems=("p",) * 3)
    text = notice.message(changes + Changes(problems=tuple(f"p{n}" for n in range(9))), settings())["Message"]
    assert text.startswith("50 created: i-0000 (1), ")
    assert "and 40 more." in text
    assert "… and 5 more in the function's log." in text


def test_an_environment_that_tells_nobody_has_no_action():
    assert (
        settings(environments={"dev": {"critical": "none"}}).environments["dev"]["critical"] == config.SILENT
    )
    assert config.SILENT not in TOPICS
