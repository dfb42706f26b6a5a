"""EC2's state changes as events, which the local AWS does not send: RunInstances and its like, wrapped.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instance-state-changes.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

    Handler = Callable[..., Any]

# By action: the states that an instance goes through. The local AWS jumps to the last.
STATES: Mapping[str, tuple[str, ...]] = {
    "RunInstances": ("pending", "running"),
    "StartInstances": ("pending", "running"),
    "StopInstances": ("stopping", "stopped"),
    "TerminateInstances": ("shutting-down", "terminated"),
}


def install(
    actions: MutableMapping[str, Handler],
    instances: Mapping[str, Mapping[str, Any]],
    emit: Callable[[Mapping[str, Any]], Any],
    *,
    account: str,
    region: str,
) -> None:
    """Wrap the actions in place. `instances`: EC2's own records by id; `emit` takes an event."""
    for action, states in STATES.items():
        actions[action] = _telling(actions[action], states, instances, emit, (account, region))


def event(id_: str, state: str, account: str, region: str, at: datetime) -> dict[str, Any]:
    """One state change as EventBridge carries it."""
    return {
        "detail-type": "EC2 Instance State-change Notification",
        "source": "aws.ec2",
        "account": account,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [f"arn:aws:ec2:{region}:{account}:instance/{id_}"],
        "detail": {"instance-id": id_, "state": state},
    }


def _telling(
    act: Handler,
    states: tuple[str, ...],
    instances: Mapping[str, Mapping[str, Any]],
    emit: Callable[[Mapping[str, Any]], Any],
    place: tuple[str, str],
) -> Handler:
    def handle(*arguments: Any) -> Any:
        before = _states(instances)
        answer = act(*arguments)
        changed = [id_ for id_, state in _states(instances).items() if before.get(id_) != state]
        for id_ in changed:
            for state in states:
                emit(event(id_, state, *place, datetime.now(UTC)))
        return answer

    return handle


def _states(instances: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {id_: one["State"]["Name"] for id_, one in instances.items()}
