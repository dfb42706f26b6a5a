"""Write the tables of inputs and outputs in the modules' READMEs; --check tells which are out of date."""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULES = ROOT / "terraform/modules"
INPUTS, OUTPUTS = "## Inputs", "## Outputs"
# Its resources have a table of their own, which `make catalogue` writes.
WITHOUT = {"service_alarms"}
BLOCK = r'^{kind} "(\w+)" {{\n(.*?)^}}'
SHORT = re.compile(r"^((?:\w+\()*\w+)")  # map(object({ … })) is shown as map(object)
DEFAULT_CHARACTERS = 60


def blocks(folder: Path, kind: str) -> Iterator[tuple[str, str]]:
    """Name and body of each variable or output of a module, in the order of its files."""
    files = sorted(folder.glob("*.tf"), key=lambda path: (path.name != "variables.tf", path.name))
    for path in files:
        yield from re.findall(
            BLOCK.format(kind=kind), path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        )


def _setting(body: str, name: str) -> str | None:
    """A setting's text, on one line."""
    found = re.search(rf"^  {name}\s*= (.+?)(?=^  \w|^\n|\Z)", body, re.MULTILINE | re.DOTALL)
    return " ".join(found[1].split()) if found else None


def _described(body: str) -> str:
    text = (_setting(body, "description") or '""').strip('"')
    return text.replace('\\"', '"').replace("|", "\\|")


def _type(body: str) -> str:
    match = SHORT.match(_setting(body, "type") or "any")
    shown = match[1] if match else "any"
    return shown + ")" * shown.count("(")


def _default(body: str) -> str:
    default = _setting(body, "default")
    if default is None:
        return "required"
    return f"`{default}`" if len(default) <= DEFAULT_CHARACTERS else "`…`"


def tables(folder: Path) -> str:
    """Both tables of a module."""
    lines = [INPUTS, "", "| name | type | default | description |", "|---|---|---|---|"]
    lines += [
        f"| `{name}` | {_type(body)} | {_default(body)} | {_described(body)} |"
        for name, body in blocks(folder, "variable")
    ]
    lines += ["", OUTPUTS, "", "| name | description |", "|---|---|"]
    lines += [f"| `{name}` | {_described(body)} |" for name, body in blocks(folder, "output")]
    return "\n".join(lines) + "\n"


def readme(folder: Path) -> str:
    """The README with its tables made anew; at its end where it had none."""
    text = (folder / "README.md").read_text(encoding="utf-8")
    before, found, after = text.partition(f"{INPUTS}\n")
    if not found:
        return f"{text.rstrip()}\n\n{tables(folder)}"
    rest = after.partition(f"{OUTPUTS}\n")[2]
    following = re.search(r"^(?!\||\n).+", rest, re.MULTILINE | re.DOTALL)
    return before + tables(folder) + (f"\n{following[0]}" if following else "")


def main(argv: Sequence[str] | None = None) -> int:
    """Write the tables; with --check, name the READMEs that are out of date and exit 1."""
    parser = argparse.ArgumentParser(prog="tools/module_tables.py", description=main.__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args(argv)
    wrong = 0
    for path in sorted(MODULES.glob("*/README.md")):
        if path.parent.name in WITHOUT or (wanted := readme(path.parent)) == path.read_text(encoding="utf-8"):
            continue
        wrong += 1
        print(f"{'out of date' if options.check else 'written'}: {path.relative_to(ROOT)}")
        if not options.check:
            path.write_text(wanted, encoding="utf-8")
    if options.check and wrong:
        print("Run `make docs`.")
    return 1 if options.check and wrong else 0


if __name__ == "__main__":
    sys.exit(main())
