import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root():
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def committed():
    """The text of every file that git tracks or would add, by path; without git, of every file of ours."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode == 0:
        names = [name for name in listing.stdout.split("\0") if name]
    else:
        rooms = ("src", "lambda", "tests", "tools", "docs", "terraform", ".github", ".ci")
        paths = [path for room in rooms for path in (ROOT / room).rglob("*")] + list(ROOT.glob("*.*"))
        names = [path.relative_to(ROOT).as_posix() for path in paths if path.is_file()]
    return {name: text for name in sorted(set(names)) if (text := _text(ROOT / name)) is not None}


def _text(path):
    try:
        return path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
        return None  # a picture, or a file deleted but not yet from the index
