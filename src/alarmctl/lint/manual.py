"""docs/lint.md, made from the rules. Write it anew with: alarmctl lint --rules > docs/lint.md"""

from __future__ import annotations

from alarmctl.lint.rules import RULES
from alarms import knowledge

HEAD = """\
# alarmctl lint

<!-- Made from the rules by: alarmctl lint --rules > docs/lint.md -->

Finds alarms that can never fire, always fire, are never heard, or say something else than they measure. It
reads `terraform show -json` of any plan or state, the JSON of `aws cloudwatch describe-alarms`, alarms in
YAML, or, with `--live`, the account itself:

```
terraform plan -out plan.bin && terraform show -json plan.bin > plan.json
alarmctl lint plan.json
alarmctl lint --live --region eu-west-1 --format md
```

Exit codes: 0 nothing at or above `--fail-on` (`warning` unless told otherwise), 1 findings, 2 wrong usage.

A rule speaks only where the knowledge is certain. A value that is known only after apply is named as not
checked, and a namespace that is not listed at the end of this page is not guessed at.

## Accepting a finding

Always with a reason; a suppression without one is itself a finding (ALM000).

| where | how |
|---|---|
| a tag of the alarm | `alarmctl:ignore` = `ALM009: drained by hand`; several rules as `ALM009 ALM010: …` |
| the alarm's description | `[ALM009 ignore: drained by hand]` |
| a file, given by `--suppressions` | `- {rule: ALM009, alarm: "acme-*-dlq", reason: drained by hand}` |

## Rules

| id | severity | finds |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    table = "".join(
        f"| [{rule.id}](#{rule.id.lower()}) | {rule.severity.value} | {rule.title} |\n"
        for rule in RULES.values()
    )
    sections = "".join(
        f"\n### {rule.id}\n\n{rule.title} ({rule.severity.value}).\n\n{rule.why}\n\n**Fix.** "
        f"{rule.fix}\n\n[Documentation]({rule.source})\n"
        for rule in RULES.values()
    )
    return HEAD + table + sections + _known()


def _known() -> str:
    lines = [
        "\n## What is known of metrics\n",
        "In a complete namespace a metric that is not listed is an error.\n",
        "| namespace | metrics | complete | read from |",
        "|---|---|---|---|",
    ]
    for name, namespace in sorted(knowledge.load().namespaces.items()):
        complete = "yes" if namespace.complete else "no"
        lines.append(f"| {name} | {len(namespace.metrics)} | {complete} | [AWS]({namespace.source}) |")
    return "\n".join(lines) + "\n"
