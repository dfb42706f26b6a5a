"""Write everything that is made from the catalogue of service alarms; --check tells what is out of date."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from alarmctl.catalogue import hcl, model, pages, scenarios, templates

ROOT = Path(__file__).resolve().parents[1]
MODULE = Path("terraform/modules/service_alarms")
# Folders in which every file with the mark is ours to remove when its entry is gone.
OWNED = (MODULE, MODULE / "scenarios", Path("docs/runbooks"))


def files(root: Path) -> dict[Path, str]:
    """Every file by its path from the root. Raises CatalogueError."""
    kinds = model.read(root / MODULE / "catalogue")
    made = {MODULE / name: text for name, text in hcl.module_files(kinds).items()}
    made[Path("terraform/modules/alerting/services.tf")] = hcl.alerting_file(kinds)
    made[Path("terraform/examples/everything/main.tf")] = hcl.example_file(kinds)
    made[Path("docs/alarms.md")] = pages.catalogue(kinds)
    made |= {Path("docs/runbooks") / name: text for name, text in pages.runbooks(kinds).items()}
    made |= {MODULE / "scenarios" / name: text for name, text in scenarios.files(kinds).items()}
    made[Path("lambda/instance_alarms/templates.json")] = templates.text(kinds)
    readme = MODULE / "README.md"
    made[readme] = pages.with_tables((root / readme).read_text(encoding="utf-8"), kinds)
    return made


def stale(root: Path, made: dict[Path, str]) -> list[Path]:
    """Files that are missing, differ, or are left from an entry that is gone."""
    wrong = [path for path, text in made.items() if not _is(root / path, text)]
    left = [
        path.relative_to(root)
        for folder in OWNED
        for path in sorted((root / folder).glob("*.*"))
        if path.relative_to(root) not in made
        and "make catalogue" in path.read_text(encoding="utf-8").partition("\n\n")[0]
    ]
    return wrong + [path for path in left if path.suffix in {".tf", ".md", ".yaml"}]


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def main(argv: Sequence[str] | None = None) -> int:
    """Write the files; with --check, name those that are out of date and exit 1."""
    parser = argparse.ArgumentParser(prog="tools/catalogue.py", description=main.__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args(argv)
    try:
        made = files(ROOT)
    except model.CatalogueError as error:
        print(error, file=sys.stderr)
        return 1
    wrong = stale(ROOT, made)
    for path in wrong:
        print(f"{'out of date' if options.check else 'written' if path in made else 'removed'}: {path}")
        if options.check:
            continue
        if path not in made:
            (ROOT / path).unlink()
            continue
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(made[path], encoding="utf-8")
    if options.check and wrong:
        print("Run `make catalogue`.")
    return 1 if options.check and wrong else 0


if __name__ == "__main__":
    sys.exit(main())
