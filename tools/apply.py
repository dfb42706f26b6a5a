"""Apply exactly the plan that tools/plan.py saved and somebody approved."""

import argparse
import hashlib
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from alarmctl.terraform import Terraform, TerraformError

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENTS = ROOT / "terraform/environments"
PLAN = "plan"


class ApplyError(Exception):
    """The plan is not the one that was approved, or no plan at all; the text says so."""


def unpack(archive: Path, sha256: str, scratch: Path, dist: Path) -> Path:
    """The plan out of the archive; its zips go to DIST. Raises ApplyError."""
    try:
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    except OSError as error:
        raise ApplyError(
            f"{archive}: {error.strerror or error}. Make it with tools/plan.py --save."
        ) from None
    if digest != sha256:
        raise ApplyError(
            f"{archive} has SHA-256 {digest}, not {sha256}: it is not the plan that was approved."
        )
    with tarfile.open(archive) as tar:
        tar.extractall(scratch, filter="data")
    plan = scratch / PLAN
    if not plan.is_file():
        raise ApplyError(f"{archive} has no plan in it. Make it with tools/plan.py --save.")
    dist.mkdir(parents=True, exist_ok=True)
    for built in sorted((scratch / "dist").glob("*.zip")):
        (dist / built.name).write_bytes(built.read_bytes())
    return plan


def apply(environment: str, archive: Path, sha256: str) -> None:
    """Apply the archive's plan to an environment. Raises ApplyError, TerraformError."""
    with tempfile.TemporaryDirectory() as scratch:
        plan = unpack(archive, sha256, Path(scratch) / "saved", ROOT / "dist")
        runner = Terraform(ENVIRONMENTS / environment, Path(scratch) / "data")
        runner.init(ENVIRONMENTS / "backend.hcl")
        runner.apply(plan, progress=lambda line: print(line, flush=True))


def main(argv: Sequence[str] | None = None) -> int:
    """Apply a saved plan. 0 if it was applied."""
    parser = argparse.ArgumentParser(prog="tools/apply.py", description=main.__doc__)
    roots = {path.parent.name for path in ENVIRONMENTS.glob("*/main.tf")} - {"local"}
    parser.add_argument("environment", choices=sorted(roots))
    parser.add_argument("archive", type=Path, metavar="FILE.tar", help="as tools/plan.py --save made it")
    parser.add_argument("sha256", help="its digest, as the job that planned told it")
    options = parser.parse_args(argv)
    try:
        apply(options.environment, options.archive, options.sha256)
    except (ApplyError, TerraformError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.environment}: applied as planned.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
