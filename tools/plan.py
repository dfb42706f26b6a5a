"""Plan one environment, and keep the plan as one comment on its pull request, updated in place."""

import argparse
import json
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from alarmctl.terraform import Terraform, TerraformError

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENTS = ROOT / "terraform/environments"
BODY_CHARS = 65_000  # GitHub refuses a comment of more than 65,536
TIMEOUT_SECONDS = 20
ORDER = (
    "delete",
    "replace",
    "update",
    "create",
    "import",
    "move",
    "remove",
)  # what needs most care comes first


class PlanError(Exception):
    """The comment cannot be written; the text says why."""


@dataclass(frozen=True)
class Result:
    """What a plan came to: its changes and Terraform's text, or the error that stopped it."""

    changes: tuple[str, ...] = ()
    text: str = ""
    error: str = ""


def plan(environment: str) -> Result:
    """Plan an environment against its real state, read only."""
    folder, backend = ENVIRONMENTS / environment, ENVIRONMENTS / "backend.hcl"
    if not backend.is_file():
        return Result(error=f"{backend.name} is missing: make the state bucket as terraform/bootstrap says.")
    with tempfile.TemporaryDirectory() as scratch:
        runner = Terraform(folder, Path(scratch) / "data", env={"TF_CLI_ARGS_plan": "-lock=false"})
        saved = Path(scratch) / "plan"
        try:
            runner.init(backend)
            changes = runner.plan(saved, progress=lambda line: print(line, flush=True))
            return Result(changes, runner.text(saved).strip())
        except TerraformError as error:
            return Result(error=str(error))


def headline(result: Result) -> str:
    """One sentence: how many of what, or that it failed."""
    if result.error:
        return "The plan failed."
    counts = Counter(change.split(" ", 1)[0] for change in result.changes)
    if not counts:
        return "No changes."
    return ", ".join(f"{counts[action]} to {action}" for action in sorted(counts, key=_care)) + "."


def _care(action: str) -> int:
    return ORDER.index(action) if action in ORDER else len(ORDER)


def marker(environment: str) -> str:
    """What tells this environment's comment from all others."""
    return f"<!-- terraform-plan {environment} -->"


def comment(environment: str, commit: str, result: Result) -> str:
    """The comment's Markdown, within GitHub's limit; what is cut leaves a mark."""
    changes = sorted(result.changes, key=lambda change: (_care(change.split(" ", 1)[0]), change))
    rows = [f"- **{action}** `{address}`" for action, address in (change.split(" ", 1) for change in changes)]
    shown = "\n".join(rows[:50]) + (f"\n- … and {len(rows) - 50} more" if len(rows) > 50 else "")
    title = f"{marker(environment)}\n### Terraform plan: {environment}"
    head = f"{title}\n\n**{headline(result)}** Commit {commit[:12]}\n"
    body = f"{head}\n{shown}\n" if rows else head
    full = result.error or (result.text if rows else "")
    if not full:
        return body
    room = BODY_CHARS - len(body)
    full = full if len(full) <= room else full[:room] + "\n… cut here: the whole plan is in the job's log"
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", full)), default=0))
    block = f"{fence}text\n{full}\n{fence}"
    return (
        f"{body}\n{block}\n"
        if result.error
        else f"{body}\n<details><summary>the whole plan</summary>\n\n{block}\n\n</details>\n"
    )


def post(api: str, number: int, environment: str, body: str, token: str) -> str:
    """Create the environment's comment on pull request NUMBER, or update the one there; returns which.

    API is the repository's address, such as https://api.github.com/repos/OWNER/NAME. Raises PlanError.
    """
    session = requests.Session()
    session.headers.update({"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"})
    try:
        address: str | None = f"{api}/issues/{number}/comments?per_page=100"
        while address:
            page = session.get(address, timeout=TIMEOUT_SECONDS)
            page.raise_for_status()
            for found in page.json():
                if _is_ours(found, environment):
                    session.patch(
                        found["url"], json={"body": body}, timeout=TIMEOUT_SECONDS
                    ).raise_for_status()
                    return "updated"
            address = page.links.get("next", {}).get("url")
        made = session.post(f"{api}/issues/{number}/comments", json={"body": body}, timeout=TIMEOUT_SECONDS)
        made.raise_for_status()
    except requests.RequestException as error:
        status = "no answer" if error.response is None else f"HTTP {error.response.status_code}"
        raise PlanError(
            f"The comment on pull request {number} could not be written ({status}). "
            "The job needs `pull-requests: write`."
        ) from None
    return "created"


def _is_ours(found: Mapping[str, Any], environment: str) -> bool:
    by_bot = found.get("user", {}).get("type") == "Bot"  # a person may quote the marker
    return by_bot and str(found.get("body", "")).startswith(marker(environment))


def main(argv: Sequence[str] | None = None) -> int:
    """Print an environment's plan; with --comment also write it under the pull request. 0 if it planned."""
    parser = argparse.ArgumentParser(prog="tools/plan.py", description=main.__doc__)
    roots = {path.parent.name for path in ENVIRONMENTS.glob("*/main.tf")} - {"local"}
    parser.add_argument("environment", choices=sorted(roots))
    parser.add_argument("--comment", action="store_true", help="needs GITHUB_TOKEN and a pull_request event")
    options = parser.parse_args(argv)
    result = plan(options.environment)
    print(result.error or result.text)
    print(headline(result))
    if options.comment:
        event = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
        pull = event["pull_request"]
        body = comment(options.environment, pull["head"]["sha"], result)
        api = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}"
        try:
            which = post(api, pull["number"], options.environment, body, os.environ["GITHUB_TOKEN"])
        except PlanError as error:
            print(error, file=sys.stderr)
            return 1
        print(f"comment {which}")
    return 1 if result.error else 0


if __name__ == "__main__":
    sys.exit(main())
