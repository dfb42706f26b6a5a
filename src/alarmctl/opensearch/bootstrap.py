"""Bring a domain to where `objects` wants it: look at each thing, and write what is not there or differs.

A second run finds everything as it should be and writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from alarmctl.opensearch import objects
from alarmctl.opensearch.client import DomainError, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from alarmctl.opensearch.client import Domain
    from alarmctl.opensearch.objects import Settings

CREATED, CHANGED, UNCHANGED = "created", "changed", "unchanged"
_POLICY_OF = "index.plugins.index_state_management.policy_id"


@dataclass(frozen=True)
class Thing:
    """One object of the domain.

    `found` takes the object out of the answer to GET; `method` and `query` are those of the write.
    """

    what: str
    path: str
    wanted: Mapping[str, Any]
    found: Callable[[Any], Any]
    method: str = "PUT"
    query: Callable[[Any, bool], str] = lambda _answer, _exists: ""


@dataclass(frozen=True)
class Done:
    """What became of one thing: created, changed, unchanged."""

    what: str
    outcome: str


def run(domain: Domain, settings: Settings, *, dashboards: bool = True, dry: bool = False) -> Iterator[Done]:
    """Each thing as it is done; `dry` writes nothing and says what would be. Raises DomainError."""
    outcome = UNCHANGED
    for thing in things(settings, dashboards=dashboards):
        outcome = _settle(domain, thing, dry=dry)
        yield Done(thing.what, outcome)
        if thing.path.startswith("/_plugins/_ism/"):
            yield _attach(domain, settings, outcome, dry=dry)


def things(settings: Settings, *, dashboards: bool = True) -> Iterator[Thing]:
    """All that the domain shall hold, in the order in which it is needed."""
    name = quote(f"{settings.prefix}-firehose", safe="")
    if settings.writer_role_arn:
        security = "/_plugins/_security/api"
        yield Thing(
            "role of Firehose", f"{security}/roles/{name}", objects.writer(settings), _named(name), "PUT"
        )
        yield Thing(
            "who has that role",
            f"{security}/rolesmapping/{name}",
            objects.mapping(settings),
            _named(name),
            "PUT",
        )
    yield Thing(
        "index template",
        f"/_index_template/{quote(settings.prefix, safe='')}",
        objects.template(settings),
        lambda answer: answer["index_templates"][0]["index_template"],
    )
    yield Thing(
        "retention policy",
        f"/_plugins/_ism/policies/{quote(settings.policy_id, safe='')}",
        objects.policy(settings),
        lambda answer: answer,
        query=_version,
    )
    for (kind, key), wanted in objects.saved_objects(settings).items() if dashboards else ():
        yield Thing(
            f"Dashboards: {kind} {key}",
            f"/_dashboards/api/saved_objects/{kind}/{quote(key, safe='')}",
            wanted,
            lambda answer: answer,
            "POST",
            lambda _answer, _exists: "?overwrite=true",
        )


def _named(name: str) -> Callable[[Any], Any]:
    return lambda answer: answer[name]


def _version(answer: Any, exists: bool) -> str:  # noqa: FBT001  one shape for all
    """A policy is changed only in the version that was looked at."""
    return f"?if_seq_no={answer['_seq_no']}&if_primary_term={answer['_primary_term']}" if exists else ""


def holds(found: Any, wanted: Any) -> bool:
    """Is everything that is wanted there? The domain adds times, versions and defaults of its own."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            key in found and holds(found[key], value) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(found) == len(wanted)
            and all(holds(one, other) for one, other in zip(found, wanted, strict=True))
        )
    return bool(found == wanted)


def _settle(domain: Domain, thing: Thing, *, dry: bool) -> str:
    status, answer = domain.call("GET", thing.path)
    exists = status == 200
    if not exists and status != 404:
        raise refused("GET", thing.path, status, answer)
    try:
        if exists and holds(thing.found(answer), thing.wanted):
            return UNCHANGED
        place = f"{thing.path}{thing.query(answer, exists)}"
    except (KeyError, IndexError, TypeError) as error:
        raise DomainError(f"GET {thing.path}: an answer of another form ({type(error).__name__}).") from None
    if not dry:
        domain.must(thing.method, place, thing.wanted)
    return CHANGED if exists else CREATED


def _attach(domain: Domain, settings: Settings, outcome: str, *, dry: bool) -> Done:
    """Indices that were there before the policy take it now; those that have it take its new version."""
    pattern = quote(settings.pattern, safe="")
    status, answer = domain.call("GET", f"/_plugins/_ism/explain/{pattern}")
    if status not in (200, 404):
        raise refused("GET", f"/_plugins/_ism/explain/{pattern}", status, answer)
    indices = {name: one for name, one in answer.items() if isinstance(one, dict)} if status == 200 else {}
    bare = [name for name, one in indices.items() if not one.get(_POLICY_OF)]
    stale = outcome == CHANGED and any(one.get(_POLICY_OF) == settings.policy_id for one in indices.values())
    for wanted, operation in ((bare, "add"), (stale, "change_policy")):
        if wanted and not dry:
            told = domain.must(
                "POST", f"/_plugins/_ism/{operation}/{pattern}", {"policy_id": settings.policy_id}
            )
            _check(told, operation)
    return Done(f"policy of {len(indices)} indices", CHANGED if bare or stale else UNCHANGED)


def _check(answer: Any, operation: str) -> None:
    """ISM answers 200 also when it failed; that some have a policy already is no fault of `add`."""
    failed = [
        one
        for one in answer.get("failed_indices", ())
        if operation != "add" or "already has a policy" not in str(one.get("reason"))
    ]
    if failed:
        told = "; ".join(f"{one.get('index_name')}: {one.get('reason')}" for one in failed[:3])
        raise DomainError(f"ISM {operation}: {len(failed)} indices failed: {told}")
