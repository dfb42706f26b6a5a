"""Plan one environment: for a pull request's comment, updated in place; for an apply; for drift."""

import argparse
import hashlib
import json
import os
import re
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from alarmctl import cli
from alarmctl.diff import comment as alarms_comment
from alarmctl.diff.review import InputError, review
from alarmctl.report import cost
from alarmctl.terraform import Terraform, TerraformError

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENTS = ROOT / "terraform/environments"
BODY_CHARS = 65_000  # GitHub refuses a comment of more than 65,536
ALARMS_CHARS = 40_000  # of them for what happens to the alarms
PLAN = "plan"  # its name in the archive
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
    """What a plan came to: its changes, Terraform's text, the alarms' Markdown, or what stopped it."""

    changes: tuple[str, ...] = ()
    text: str = ""
    error: str = ""
    alarms: str = ""


def plan(environment: str, save: Path | None = None, history_days: float = 0) -> Result:
    """Plan an environment against its real state, read only.

    SAVE is the archive to put the plan into. HISTORY_DAYS of the alarms' metrics are fetched, and changes
    replayed over them; 0 for none.
    """
    folder, backend = ENVIRONMENTS / environment, ENVIRONMENTS / "backend.hcl"
    if not backend.is_file():
        return Result(error=f"{backend.name} is missing: make the state bucket as terraform/bootstrap says.")
    with tempfile.TemporaryDirectory() as scratch:
        runner = Terraform(folder, Path(scratch) / "data", env={"TF_CLI_ARGS_plan": "-lock=false"})
        saved = Path(scratch) / "plan"
        try:
            runner.init(backend)
            changes = runner.plan(saved, progress=lambda line: print(line, flush=True))
            alarms = _alarms(environment, runner, saved, history_days) if changes else ""
            if save:
                archive(saved, save)
            return Result(changes, runner.text(saved).strip(), alarms=alarms)
        except TerraformError as error:
            return Result(error=str(error))


def _alarms(environment: str, runner: Terraform, saved: Path, history_days: float) -> str:
    """What happens to the alarms, as Markdown. The plan's JSON holds sensitive values: it stays here."""
    document = saved.with_suffix(".json")
    document.write_text(json.dumps(runner.show(saved)), encoding="utf-8")
    try:
        found = review(document, name=environment)
        history = _history(document, history_days) if found.changes and history_days else None
        if history:
            found = review(document, history=history, name=environment)
    except InputError as error:
        return f"The alarms could not be compared: {error}\n"
    return alarms_comment.render(found, ALARMS_CHARS)


def _history(document: Path, days: float) -> Path | None:
    """The metrics of the alarms before and after, fetched beside DOCUMENT; None where that fails."""
    before = document.with_name("before.json")
    before.write_text(json.dumps(cost.before(json.loads(document.read_text()))), encoding="utf-8")
    folder = document.with_name("history")
    fetch = ["history", "fetch", str(document), str(before), "--days", str(days), "--out", str(folder)]
    return folder if cli.main(fetch) == 0 else None


def archive(plan_file: Path, target: Path) -> None:
    """The plan with the zips that it names, so that an apply uploads the bytes that were planned."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(target, "w") as tar:
        tar.add(plan_file, PLAN)
        for built in sorted((ROOT / "dist").glob("*.zip")):
            tar.add(built, f"dist/{built.name}")


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
    head = f"{head}\n{result.alarms}" if result.alarms else head
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
    """Print an environment's plan. 0 if it planned; with --drift 1 if there is anything to change."""
    parser = argparse.ArgumentParser(prog="tools/plan.py", description=main.__doc__)
    roots = {path.parent.name for path in ENVIRONMENTS.glob("*/main.tf")} - {"local"}
    parser.add_argument("environment", choices=sorted(roots))
    parser.add_argument("--comment", action="store_true", help="needs GITHUB_TOKEN and a pull_request event")
    parser.add_argument("--save", type=Path, metavar="FILE.tar", help="keep the plan for tools/apply.py")
    parser.add_argument(
        "--history", type=float, default=0, metavar="DAYS", help="replay changes over so many"
    )
    parser.add_argument("--drift", action="store_true", help="fail where the account is not as the code says")
    options = parser.parse_args(argv)
    result = plan(options.environment, options.save, options.history)
    print(result.error or result.text)
    print(headline(result))
    _tell_github(options.environment, result, options.save)
    if options.comment and not _comment(options.environment, result):
        return 1
    return 1 if result.error or (options.drift and result.changes) else 0


def _comment(environment: str, result: Result) -> bool:
    event = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    pull = event["pull_request"]
    body = comment(environment, pull["head"]["sha"], result)
    api = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}"
    try:
        which = post(api, pull["number"], environment, body, os.environ["GITHUB_TOKEN"])
    except PlanError as error:
        print(error, file=sys.stderr)
        return False
    print(f"comment {which}")
    return True


def _tell_github(environment: str, result: Result, saved: Path | None) -> None:
    """The job's summary, and as outputs whether there is something to apply and the archive's digest."""
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(comment(environment, os.environ.get("GITHUB_SHA", ""), result))
    if outputs := os.environ.get("GITHUB_OUTPUT"):
        with Path(outputs).open("a", encoding="utf-8") as file:
            file.write(f"changes={'true' if result.changes else 'false'}\n")
            if saved and saved.is_file():
                file.write(f"sha256={hashlib.sha256(saved.read_bytes()).hexdigest()}\n")


if __name__ == "__main__":
    sys.exit(main())
