"""Resource policies, read for one question: may this AWS service do that?"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from alarmctl.lint.model import Policy, Statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SOURCE_KEYS = frozenset(
    {"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner"}
)
OTHER_DOCUMENTS = ("source_policy_documents", "override_policy_documents", "source_json", "override_json")


def from_json(text: str | None) -> Policy | None:
    """A policy document; None when the text is none."""
    try:
        document = json.loads(text or "")
    except ValueError:
        return None
    statements = document.get("Statement") if isinstance(document, dict) else None
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list):
        return None
    return Policy(tuple(_statement(s) for s in statements if isinstance(s, dict)))


def from_document_data(values: Mapping[str, Any]) -> Policy | None:
    """The values of a data "aws_iam_policy_document", whose JSON may be known only after apply.

    None when it takes in other documents, which are not looked into.
    """
    if any(values.get(key) for key in OTHER_DOCUMENTS):
        return None
    statements = []
    for block in values.get("statement") or ():
        if block.get("not_principals") or block.get("not_actions"):
            return None
        principals = block.get("principals") or []
        conditions = block.get("condition") or []
        if any(
            not p.get("identifiers") or None in p["identifiers"]
            for p in principals
            if p.get("type") == "Service"
        ):
            return None
        statements.append(
            Statement(
                allow=(block.get("effect") or "Allow") == "Allow",
                services=frozenset(
                    i for p in principals if p.get("type") == "Service" for i in p["identifiers"]
                ),
                others=any(p.get("type") != "Service" for p in principals),
                anybody=any(p.get("type") == "*" or "*" in (p.get("identifiers") or ()) for p in principals),
                actions=tuple(a for a in block.get("actions") or () if a),
                condition_keys=frozenset(str(c.get("variable")).lower() for c in conditions),
            )
        )
    return Policy(tuple(statements))


def _statement(statement: Mapping[str, Any]) -> Statement:
    principal = statement.get("Principal", {})
    by_kind = principal if isinstance(principal, dict) else {"AWS": principal}
    return Statement(
        allow=statement.get("Effect") == "Allow",
        services=frozenset(_texts(by_kind.get("Service"))),
        others=any(kind != "Service" for kind in by_kind) or "NotPrincipal" in statement,
        anybody=any("*" in _texts(value) for value in by_kind.values()) or "NotPrincipal" in statement,
        actions=tuple(_texts(statement.get("Action"))) or ("*",),  # NotAction: taken as allowing everything
        condition_keys=frozenset(
            key.lower()
            for operator in (statement.get("Condition") or {}).values()
            if isinstance(operator, dict)
            for key in operator
        ),
    )


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def grants(policy: Policy, service: str, actions: Iterable[str]) -> tuple[Statement, ...]:
    """The Allow statements that name the service and cover any of the actions."""
    wanted = tuple(actions)
    return tuple(
        statement
        for statement in policy.statements or ()
        if statement.allow
        and service in statement.services
        and any(_covers(statement, action) for action in wanted)
    )


def allows_others(policy: Policy, action: str) -> bool:
    """Whether some Allow statement names principals that are no services."""
    return any(s.allow and s.others and _covers(s, action) for s in policy.statements or ())


def anybody(policy: Policy, action: str) -> tuple[Statement, ...]:
    """The Allow statements that let everybody do it, under whatever condition."""
    return tuple(s for s in policy.statements or () if s.allow and s.anybody and _covers(s, action))


def covers_all(statements: Iterable[Statement], actions: Iterable[str]) -> bool:
    """Whether the statements together allow every action."""
    known = tuple(statements)
    return all(any(_covers(statement, action) for statement in known) for action in actions)


def _covers(statement: Statement, action: str) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in statement.actions)
