"""The catalogue as pages: docs/alarms.md, a runbook for each alarm, and the tables of the module's README."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from alarmctl.scenarios.shorthand import told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from alarmctl.catalogue.model import Entry, Kind

MODULE = "terraform/modules/service_alarms"
START, END = "<!-- resources: written by make catalogue -->", "<!-- end of resources -->"
INTRODUCTION = """
{alarms} alarms for {kinds} kinds of resources. Each links to its runbook, which says what it means, what to
do, and why its numbers are as they are. How to switch them on for your resources:
[service_alarms](../{module}/README.md).

In *fires*, "3 of 5, 1m" is: three of five periods of one minute breach. *silence* is what missing data means.
An alarm marked *off* is made only when it is asked for, and *needs* names what a resource must say of itself.

Numbers come from AWS's documentation and recommendations, or are our judgement; the runbook says which. None
of them was measured on your traffic: let a new one speak in
[observe mode](../{module}/README.md#change-them) first.
"""
HISTORY = "aws cloudwatch describe-alarm-history --history-item-type StateUpdate --alarm-name PREFIX-"


def catalogue(kinds: Sequence[Kind]) -> str:
    """docs/alarms.md."""
    entries = [entry for kind in kinds for entry in kind.alarms.values()]
    head = f"<!-- Written from {MODULE}/catalogue by: make catalogue -->\n\n# The alarms"
    parts = [head, INTRODUCTION.format(alarms=len(entries), kinds=len(kinds), module=MODULE).strip()]
    for kind in kinds:
        parts += [f"## {kind.title}", f"`{kind.variable}` · [metrics]({kind.documentation})"]
        rows = [_row(entry) for entry in kind.alarms.values()]
        head = "| alarm | fires | severities | silence | needs |\n|---|---|---|---|---|"
        parts.append("\n".join([head, *rows]))
    return "\n\n".join(parts) + "\n"


def _row(entry: Entry) -> str:
    link = f"[{entry.title}](runbooks/{entry.runbook})<br>`{entry.id}`"
    wanted = [f"`{name}`" for name in entry.needs] + [f"not `{name}`" for name in entry.unless]
    if entry.opt_in:
        wanted.insert(0, "off")
    silence = "as its alarms" if entry.composite else entry.missing
    return f"| {link} | {_fires(entry)} | {', '.join(_severities(entry))} | {silence} | {', '.join(wanted)} |"


def _fires(entry: Entry) -> str:
    if entry.composite:
        return "composite"
    window = f"{entry.datapoints_to_alarm} of {entry.evaluation_periods}, {_span(entry)}"
    return f"{_measured(entry)}, {window}"


def _severities(entry: Entry) -> Iterator[str]:
    if entry.composite:
        yield entry.severity
    for severity in entry.severities if not entry.composite else ():
        yield f"{severity} {_bound(entry, severity)}"


def _bound(entry: Entry, severity: str) -> str:
    threshold = f"{entry.thresholds[severity]:,.15g}"
    return f"{entry.comparison.replace('<=', '≤').replace('>=', '≥')} {threshold} {entry.unit}".rstrip()


def _measured(entry: Entry) -> str:
    if entry.metrics:
        return f"`{entry.expression}`"
    return f"{entry.metric_name} {entry.statistic or entry.extended_statistic}"


def _span(entry: Entry) -> str:
    return told(timedelta(seconds=entry.period))


def runbooks(kinds: Iterable[Kind]) -> dict[str, str]:
    """A page for each alarm, by file name."""
    return {entry.runbook: _runbook(kind, entry) for kind in kinds for entry in kind.alarms.values()}


def _runbook(kind: Kind, entry: Entry) -> str:
    parts = [
        f"<!-- Written from {MODULE}/catalogue/{kind.file}.yaml by: make catalogue -->",
        f"# {entry.title}",
        f"{kind.title} · `{entry.id}` · {', '.join(entry.severities)} · [all alarms](../alarms.md)",
        f"> {_sentence(entry)}",
        "## What it means",
        entry.means,
        "## What to do",
        "\n".join(f"{number}. {step}" for number, step in enumerate(entry.act, 1)),
        "## First commands",
        "\n".join(["```sh", *_commands(kind, entry), "```"]),
        "## When it fires",
        *_when(kind, entry),
        "## Why so",
        f"{entry.why}\n\nSource: {entry.source} Metrics: <{kind.documentation}>.",
    ]
    if entry.unverified:
        parts.append(f"Not verified on a live account: {entry.unverified}")
    parts += ["## Change it", _change(kind, entry)]
    return "\n\n".join(parts) + "\n"


def _sentence(entry: Entry) -> str:
    said = re.sub(r"\{([a-z0-9_]+)\}", lambda match: match[1].upper(), entry.says)
    if entry.severities and entry.thresholds:
        said = said.replace("THRESHOLD", f"{entry.thresholds[entry.severities[-1]]:,.15g}")
    return said


def _commands(kind: Kind, entry: Entry) -> Iterator[str]:
    for command in kind.look:
        yield re.sub(r"\{([a-z0-9_]+)\}", lambda match: match[1].upper(), command)
    example = f"{kind.kind}-NAME-{entry.alarm}-{entry.severities[0]}"
    yield HISTORY + example


def _when(kind: Kind, entry: Entry) -> Iterator[str]:
    if entry.composite:
        yield _composite(kind, entry)
        return
    rows = ["| severity | condition |", "|---|---|"]
    rows += [f"| {severity} | {_bound(entry, severity)} |" for severity in entry.severities]
    yield "\n".join(rows)
    yield (
        f"{_measured(entry)} of `{_plain(entry.namespace)}`, in {entry.datapoints_to_alarm} of "
        f"{entry.evaluation_periods} periods of {_span(entry)}."
    )
    if entry.metrics:
        named = {id_: f"`{id_}` is {query.metric_name}, {query.stat}" for id_, query in entry.metrics.items()}
        yield f"{'; '.join(named.values())}."
    yield f"Missing data is `{entry.missing}`: {_lower(entry.missing_because)}"
    if entry.blip_fires:
        yield f"Two minutes are enough to fire. {entry.blip_fires}"


def _composite(kind: Kind, entry: Entry) -> str:
    rule = entry.composite
    if rule is None:
        return ""

    def link(child: str) -> str:
        id_, _, severity = child.partition(".")
        other = kind.alarms[id_]
        return f"[{other.title}]({other.runbook}) ({severity})"

    parts = [" or ".join(map(link, rule.any))] if rule.any else []
    parts += [
        link(child) + (f" of every resource with the same `{rule.across}`" if rule.across else "")
        for child in rule.all
    ]
    told_ = f"A composite alarm: {', and '.join(parts)}."
    if rule.suppressor:
        told_ += f" Held back by {link(rule.suppressor)}, and for {rule.extension_seconds} s after it."
    return told_


def _change(kind: Kind, entry: Entry) -> str:
    example = next(iter(kind.examples))
    if entry.composite:
        setting = f"{entry.id} = {{ enabled = false }}"
    elif entry.opt_in:
        setting = f"{entry.id} = {{ enabled = true }}"
    else:
        severity = entry.severities[0]
        setting = f"{entry.id} = {{ thresholds = {{ {severity} = {entry.thresholds[severity]:.15g} }} }}"
    what = (
        "It is off unless switched on:"
        if entry.opt_in
        else "In the resource itself, or for all of them in `alarm_overrides`:"
    )
    lines = [
        what,
        "",
        "```hcl",
        f"{kind.variable} = {{",
        f"  {example} = {{",
        "    # …",
        f"    alarms = {{ {setting} }}",
        "  }",
        "}",
        "```",
    ]
    return "\n".join(lines)


def _plain(text: str) -> str:
    return re.sub(r"\{([a-z0-9_]+)\}", r"\1", text)


def _lower(text: str) -> str:
    """The sentence after a colon, unless it begins with a name."""
    keep = re.match(r"(ECS|SQS|AWS|SNS|RDS|CloudWatch|Auto|Performance)\b", text)
    return text if keep else text[:1].lower() + text[1:]


def with_tables(readme: str, kinds: Iterable[Kind]) -> str:
    """The README with the tables of the resources between its marks. Raises ValueError without marks."""
    before, start, rest = readme.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"README.md needs the lines {START} and {END}.")
    return f"{before}{START}\n\n{_tables(kinds)}\n\n{END}{after}"


def _tables(kinds: Iterable[Kind]) -> str:
    rows = ["| variable | what a resource says | alarms |", "|---|---|---|"]
    for kind in kinds:
        required = [f"**{a.name}**" for a in kind.attributes.values() if a.required]
        others = [a.name for a in kind.attributes.values() if not a.required]
        alarms = f"[{len(kind.alarms)}](../../../docs/alarms.md#{_anchor(kind.title)})"
        rows.append(f"| `{kind.variable}` | {', '.join([*required, *others])} | {alarms} |")
    return "\n".join(rows)


def _anchor(title: str) -> str:
    """As GitHub makes them."""
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
