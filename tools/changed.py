"""Which environments must a pull request be planned in? Changed paths on standard input, a matrix out."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "terraform/environments/"
# What no plan depends on, although it lies in a folder that one does.
NOT_PLANNED = ("terraform/environments/README.md", "terraform/bootstrap/", "terraform/examples/")
PLANNED = (
    "terraform/",
    "lambda/",
    "requirements.lock",
    "tools/",
    "src/",
    "Makefile",
    ".github/workflows/plan.yml",
)


def environments(paths: Iterable[str], known: Iterable[str]) -> list[str]:
    """Those whose own files changed, or all where something that they share did; never the local one."""
    found = sorted(set(known) - {"local"})
    touched = set()
    for path in paths:
        if not path.startswith(PLANNED) or path.startswith(NOT_PLANNED):
            continue
        if not path.startswith(FOLDER) or "/" not in path.removeprefix(FOLDER):
            return found
        touched.add(path.removeprefix(FOLDER).partition("/")[0])
    return [name for name in found if name in touched]


def matrix(names: Iterable[str]) -> list[dict[str, str]]:
    """With each environment the variable that holds its plan role."""
    return [
        {"environment": name, "role": f"AWS_PLAN_ROLE_{name.upper().replace('-', '_')}"} for name in names
    ]


if __name__ == "__main__":
    known = (path.parent.name for path in (ROOT / FOLDER).glob("*/main.tf"))
    print(json.dumps(matrix(environments(sys.stdin.read().splitlines(), known))))
