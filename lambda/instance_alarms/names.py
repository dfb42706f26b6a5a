"""How our alarms are called: NAME-auto/OWNER/ALARM[/MOUNT]/SEVERITY.

OWNER is an instance's id, or asg:GROUP, or ecs:CLUSTER. No key of the Terraform modules may hold a slash, so
that none of their alarms can ever begin so.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

INSTANCE = re.compile(r"i-[0-9a-f]+")
ROOT = "rootfs"
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,79}")
_WORD = re.compile(r"[A-Za-z0-9._-]{1,80}")
_SEVERITIES = ("critical", "warning", "info")


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart; `mount` is "" where the alarm is on no mount."""

    owner: str
    alarm: str
    mount: str
    severity: str


def prefix(stack: str) -> str:
    """What the name of each of our alarms begins with."""
    return f"{stack}-auto/"


def marker(stack: str) -> str:
    """The sentence in the description of each of our alarms: without it an alarm is not ours to touch."""
    return f"Made by {stack}-instance-alarms."


def label(path: str) -> str:
    """A mount or a drive as part of a name: itself where that is short and plain, else a digest."""
    if path == "/":
        return ROOT
    plain = path.removeprefix("/").removesuffix("/")
    if _PLAIN.fullmatch(plain) and plain != ROOT and "//" not in plain:
        return plain
    return f"x{hashlib.sha256(path.encode()).hexdigest()[:12]}"


def group_owner(kind: str, group: str) -> str:
    """The owner of a group's alarms; `kind` is asg or ecs."""
    plain = _WORD.fullmatch(group)
    return f"{kind}:{group if plain else 'x' + hashlib.sha256(group.encode()).hexdigest()[:12]}"


def compose(stack: str, name: Name) -> str:
    """The alarm's name."""
    return prefix(stack) + "/".join(
        part for part in (name.owner, name.alarm, name.mount, name.severity) if part
    )


def parse(stack: str, text: str) -> Name | None:
    """The parts of a name; None of one that is not made like ours."""
    if not text.startswith(prefix(stack)):
        return None
    parts = text.removeprefix(prefix(stack)).split("/")
    if len(parts) < 3 or parts[-1] not in _SEVERITIES:
        return None
    owner, alarm, *mount, severity = parts
    known = INSTANCE.fullmatch(owner) or owner.startswith(("asg:", "ecs:"))
    return Name(owner, alarm, "/".join(mount), severity) if known else None
