"""Write dist/SHA256SUMS: the digest of each zip, in the form that `sha256sum --check` reads."""

import hashlib
import sys
from pathlib import Path

DIST = Path(__file__).resolve().parents[1] / "dist"


def sums(dist: Path) -> str:
    """One line per zip, by name."""
    return "".join(
        f"{hashlib.sha256(built.read_bytes()).hexdigest()}  {built.name}\n"
        for built in sorted(dist.glob("*.zip"))
    )


def main(dist: Path = DIST) -> int:
    """Write the file. 0 if there is a zip to write of."""
    text = sums(dist)
    if not text:
        print(f"{dist} has no zip: run make package first.", file=sys.stderr)
        return 1
    (dist / "SHA256SUMS").write_text(text, encoding="utf-8")
    print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
