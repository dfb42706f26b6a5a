"""Random life cycles: whatever happens in whatever order, after a reconcile the alarms are the model's."""

import hypothesis.strategies as st
from hypothesis import settings as effort
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.instance_alarms.fake import Aws
from tests.instance_alarms.world import RECONCILE, World, batch, state_change

IDS = [f"i-{number:04x}" for number in range(4)]
MOUNTS = ["/", "/data", "/var/lib"]
FOREIGN = {
    "acme-cpu": {"AlarmName": "acme-cpu"},
    "acme-auto/notes": {"AlarmName": "acme-auto/notes"},
    f"acme-auto/{IDS[0]}/memory/warning": {
        "AlarmName": f"acme-auto/{IDS[0]}/memory/warning",
        "AlarmDescription": "mine",
    },
    "acme-auto/i-dead/memory/warning": {
        "AlarmName": "acme-auto/i-dead/memory/warning",
        "AlarmDescription": "mine",
    },
}
CHECKS = ("attached-volumes-check/critical", "instance-check/critical", "system-check/critical")
HOST = ("memory/warning", "memory/critical", "heartbeat/warning")

an_instance = st.sampled_from(IDS)


class Life(RuleBasedStateMachine):
    """`model`: by instance, what is wanted, told in words of its own and not by the plan's code."""

    @initialize(stopped=st.sampled_from(["delete", "mute"]), watch=st.sampled_from(["all", "tagged"]))
    def begin(self, stopped, watch):
        self.failing: list[str | None] = []
        self.aws = Aws(lambda _operation: self.failing.pop() if self.failing else None)
        self.world = World(stopped=stopped, watch=watch)
        self.world.use(self.aws)
        self.stopped, self.watch = stopped, watch
        self.aws.stored |= FOREIGN
        self.mounts = {}
        self.seen = {}

    @rule(id_=an_instance, watched=st.sampled_from([None, "on", "off"]))
    def launch(self, id_, watched):
        if id_ not in self.aws.instances:
            self.aws.launch(id_, **({"alarms": watched} if watched else {}))
            self.mounts[id_] = set()

    @rule(
        id_=an_instance, state=st.sampled_from(["pending", "running", "stopping", "stopped", "shutting-down"])
    )
    def changes_state(self, id_, state):
        if id_ in self.aws.instances:
            self.aws.state(id_, state)

    @rule(id_=an_instance)
    def is_gone(self, id_):
        self.aws.instances.pop(id_, None)
        self.aws.series = [series for series in self.aws.series if ("InstanceId", id_) not in series[2]]

    @rule(id_=an_instance, mount=st.sampled_from(MOUNTS))
    def reports(self, id_, mount):
        if id_ in self.aws.instances:
            self.aws.publish("mem_used_percent", InstanceId=id_)
            self.aws.publish("disk_used_percent", InstanceId=id_, MountPath=mount)
            self.mounts[id_].add(mount)

    @rule(
        id_=an_instance,
        key=st.sampled_from(["alarms", "alarms:space", "alarms:memory"]),
        value=st.sampled_from(["on", "off", "?"]),
    )
    def tags(self, id_, key, value):
        if id_ in self.aws.instances:
            tags = {tag["Key"]: tag["Value"] for tag in self.aws.instances[id_]["Tags"]} | {key: value}
            self.aws.instances[id_]["Tags"] = [{"Key": k, "Value": v} for k, v in tags.items()]

    @rule(
        ids=st.lists(an_instance, min_size=1, max_size=5),
        state=st.sampled_from(["running", "stopped", "terminated"]),
    )
    def events_come_late_twice_and_out_of_order(self, ids, state):
        self.world.invoke(batch(*(state_change(id_, state) for id_ in ids)))

    @rule(
        ids=st.lists(an_instance, min_size=1, max_size=3),
        codes=st.lists(
            st.sampled_from(["Throttling", "InternalServiceError", "ValidationError", None]), max_size=6
        ),
    )
    def aws_fails_in_the_middle(self, ids, codes):
        self.failing[:] = codes
        self.world.invoke(batch(*(state_change(id_) for id_ in ids), RECONCILE))
        self.failing.clear()

    @rule()
    def reconcile(self):
        assert self.world.invoke(batch(RECONCILE)) == {"batchItemFailures": []}
        expected = {f"acme-auto/{id_}/{alarm}" for id_ in self.aws.instances for alarm in self.wanted(id_)}
        assert set(self.aws.stored) - set(FOREIGN) == expected - set(FOREIGN)
        for name in set(self.aws.stored) - set(FOREIGN):
            state = self.aws.instances[name.split("/")[1]]["State"]["Name"]
            assert self.aws.stored[name]["ActionsEnabled"] is (state != "stopped") or state in (
                "pending",
                "stopping",
            )
        before, calls = dict(self.aws.stored), self.aws.calls
        self.world.invoke(batch(RECONCILE))
        assert self.aws.stored == before
        assert self.aws.calls - calls == 4  # instances, two namespaces, alarms: nothing to change

    def wanted(self, id_):
        """The model."""
        state = self.aws.instances[id_]["State"]["Name"]
        tags = {tag["Key"]: tag["Value"] for tag in self.aws.instances[id_]["Tags"]}
        watched = (
            tags.get("alarms") == "on"
            or (self.watch == "all" and tags.get("alarms") != "off")
            or (self.watch == "all" and tags.get("alarms") == "?")
        )
        start = f"acme-auto/{id_}/"
        there = {name.removeprefix(start) for name in self.aws.stored if name.startswith(start)}
        if state == "pending":
            return there  # nothing is decided yet
        if state == "shutting-down" or not watched:
            return set()
        if state in ("stopping", "stopped"):
            return there if self.stopped == "mute" else set()
        disks = {
            f"space/{ {'/': 'rootfs'}.get(m, m[1:]) }/{s}"
            for m in self.mounts[id_]
            for s in ("warning", "critical")
        }
        wanted = set(CHECKS)
        if self.mounts[id_]:
            wanted |= {
                alarm for alarm in HOST if tags.get("alarms:memory") != "off" or alarm.startswith("heartbeat")
            }
        return wanted | (disks if tags.get("alarms:space") != "off" else set())

    @invariant()
    def nobody_elses_alarm_is_touched(self):
        if hasattr(self, "aws"):
            assert {name: self.aws.stored.get(name) for name in FOREIGN} == FOREIGN


TestLife = Life.TestCase
TestLife.settings = effort(max_examples=40, stateful_step_count=25, deadline=None, derandomize=True)
