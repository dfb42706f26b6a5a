from typing import Any

from alarmctl.local import instance_events


class Ec2:
    """The four actions on records that jump to their last state."""

    def __init__(self):
        self.instances: dict[str, Any] = {}
        self.sent: list[Any] = []
        self.actions = {
            "RunInstances": lambda id_: self.become(id_, "running"),
            "StartInstances": lambda id_: self.become(id_, "running"),
            "StopInstances": lambda id_: self.become(id_, "stopped"),
            "TerminateInstances": lambda id_: self.become(id_, "terminated"),
            "DescribeInstances": lambda id_: id_,
        }
        instance_events.install(
            self.actions, self.instances, self.sent.append, account="000000000000", region="us-east-1"
        )

    def become(self, id_, state):
        self.instances[id_] = {"State": {"Name": state}}
        return state

    def states(self):
        told = [(event["detail"]["instance-id"], event["detail"]["state"]) for event in self.sent]
        self.sent.clear()
        return told


def test_each_action_tells_of_the_states_on_the_way():
    ec2 = Ec2()
    assert ec2.actions["RunInstances"]("i-1") == "running"
    assert ec2.sent[0]["resources"] == ["arn:aws:ec2:us-east-1:000000000000:instance/i-1"]
    assert ec2.sent[0]["detail-type"] == "EC2 Instance State-change Notification"
    assert ec2.states() == [("i-1", "pending"), ("i-1", "running")]
    ec2.actions["StopInstances"]("i-1")
    assert ec2.states() == [("i-1", "stopping"), ("i-1", "stopped")]
    ec2.actions["TerminateInstances"]("i-1")
    assert ec2.states() == [("i-1", "shutting-down"), ("i-1", "terminated")]


def test_what_changes_nothing_tells_nothing():
    ec2 = Ec2()
    ec2.actions["RunInstances"]("i-1")
    ec2.states()
    ec2.actions["StartInstances"]("i-1")
    assert ec2.actions["DescribeInstances"]("i-1") == "i-1"
    assert ec2.states() == []
