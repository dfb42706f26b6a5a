"""Build the Lambda zips: same sources, same bytes, on any Python from 3.11.

Each zip holds our package and, at its root, the wheels it needs, as `requirements.lock` pins them. Only
pure-Python wheels are taken, so that one zip runs on arm64, on x86 and in the local stack; but for what is
named in `compiled`, which is taken for Lambda's own platform (docs/adr/0010). Entries are stored, not
deflated: zlib and its successors compress the same bytes differently (docs/adr/0005).
"""

import argparse
import hashlib
import io
import re
import stat
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
WHEELS = ROOT / ".tools/wheels"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can say
MODE = stat.S_IFREG | 0o644
UNIX = 3  # the "made by" byte: otherwise it tells Windows from the rest
LICENCE = re.compile(r"\.dist-info/(METADATA|licenses/.+|LICEN[CS]E[^/]*|NOTICE[^/]*|COPYING[^/]*)$")
LEFT_OUT = re.compile(r"(^|/)(__pycache__|tests?|\.[^/]+)(/|$)|\.pyc$|(^|/)README\.md$|\.data/|\.dist-info/")


class PackageError(Exception):
    """A zip cannot be built; the text names the culprit and the next step."""


@dataclass(frozen=True)
class Function:
    """What goes into one function's zip: our folders, and the distributions that the lock file must pin.

    `without`: what those would bring and can do without. `compiled`: those that have no pure-Python wheel.
    """

    sources: tuple[str, ...]
    requires: tuple[str, ...]
    without: frozenset[str] = frozenset()
    compiled: frozenset[str] = frozenset()


FUNCTIONS = {
    "notify_slack": Function(
        sources=("lambda/notify_slack",),
        requires=("requests",),
        # It guesses the charset of answers that name none, for a sixth of a cold start; without it requests
        # takes them as UTF-8.
        without=frozenset({"charset-normalizer"}),
    ),
    "instance_alarms": Function(sources=("lambda/instance_alarms",), requires=()),
    # What it knows of mutes is pure; boto3 comes with the runtime.
    "health_mutes": Function(sources=("lambda/health_mutes", "src/alarms"), requires=()),
    "publish_sql": Function(
        sources=("src/alarmctl/publish",),
        requires=("psycopg",),
        without=frozenset({"typing-extensions", "tzdata"}),  # for older Pythons, and for Windows
        compiled=frozenset({"psycopg-binary"}),
    ),
}


@dataclass(frozen=True)
class Pin:
    """One distribution as the lock file pins it."""

    name: str
    version: str
    hashes: frozenset[str]
    wanted_by: frozenset[str]

    @property
    def requirement(self) -> str:
        """The line that pip checks its download against."""
        hashes = " ".join(f"--hash=sha256:{digest}" for digest in sorted(self.hashes))
        return f"{self.name}=={self.version} {hashes}"


@dataclass(frozen=True)
class Target:
    """A kind of wheel: what we call it, what pip calls it, and what its files are called."""

    name: str
    options: tuple[str, ...]
    files: str


PURE = Target(
    "pure-Python",
    ("--platform", "any", "--implementation", "py", "--abi", "none", "--python-version", "3.11"),
    "*-none-any.whl",
)
# Lambda's runtime python3.13 on arm64: Amazon Linux 2023, whose glibc is 2.34.
LAMBDA = Target(
    "arm64 Linux",
    (
        *("--platform", "manylinux_2_28_aarch64", "--platform", "manylinux2014_aarch64"),
        *("--implementation", "cp", "--abi", "cp313", "--python-version", "3.13"),
    ),
    "*-cp313-cp313-*aarch64.whl",
)


def read_lock(text: str) -> dict[str, Pin]:
    """The pins of a hashed requirements file by name; the `# via` comments say who wants each."""
    pins = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", text):
        head = re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", block)
        if head:
            comments = re.findall(r"#[ ]+(?:via[ ]+)?(\S.*)", block)
            pins[head[1]] = Pin(
                name=head[1],
                version=head[2],
                hashes=frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})", block)),
                wanted_by=frozenset(comment for comment in comments if comment != "via"),
            )
    return pins


def closure(pins: Mapping[str, Pin], wanted: Iterable[str]) -> list[Pin]:
    """The named distributions and all that they need. Raises PackageError for one that is not locked."""
    found: dict[str, Pin] = {}
    queue = list(wanted)
    while queue:
        name = queue.pop()
        if name not in pins:
            raise PackageError(f"{name} is not in {LOCK.name}: add it to pyproject.toml and run `make lock`.")
        if name not in found:
            found[name] = pins[name]
            queue += [pin.name for pin in pins.values() if name in pin.wanted_by]
    return sorted(found.values(), key=lambda pin: pin.name)


def wheel(pin: Pin, cache: Path = WHEELS, target: Target = PURE) -> Path:
    """The wheel of a pin for a target, from the cache or downloaded, with a hash that the lock file lists.

    Raises PackageError where there is none.
    """
    cache.mkdir(parents=True, exist_ok=True)
    stem = re.sub(r"[-_.]+", "_", pin.name)
    for attempt in ("cached", "downloaded"):
        if attempt == "downloaded":
            _download(pin, cache, target)
        for path in sorted(cache.glob(target.files)):
            same_name = re.sub(r"[-_.]+", "_", path.name.split("-")[0]).lower() == stem.lower()
            if same_name and hashlib.sha256(path.read_bytes()).hexdigest() in pin.hashes:
                return path
    raise PackageError(_no_wheel(pin, target, f"what was downloaded is no {target.files} of the lock file"))


PIP_OPTIONS = (
    "--quiet",
    "--disable-pip-version-check",
    "--require-hashes",
    "--no-deps",
    "--only-binary=:all:",
)


def _download(pin: Pin, cache: Path, target: Target) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirement:
        requirement.write(pin.requirement + "\n")
        requirement.flush()
        run = subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", *PIP_OPTIONS, *target.options),
                *("--dest", cache, "-r", requirement.name),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    if run.returncode:
        lines = [line for line in run.stderr.splitlines() if line.startswith("ERROR")] or ["pip failed"]
        raise PackageError(_no_wheel(pin, target, lines[-1].removeprefix("ERROR: ")))


def _no_wheel(pin: Pin, target: Target, why: str) -> str:
    return (
        f"{pin.name} {pin.version} cannot go into a Lambda zip: no {target.name} wheel that the lock file "
        f"knows could be had ({why}). Check the connection to the index, or pin a version that has one."
    )


def wheel_files(path: Path) -> dict[str, bytes]:
    """What a wheel adds to a zip: its modules and data, its METADATA and its licences."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        kept = [name for name in names if LICENCE.search(name) or not LEFT_OUT.search(name)]
        return {name: archive.read(name) for name in kept}


def source_files(folder: Path) -> dict[str, bytes]:
    """What one of our packages adds to a zip. Raises PackageError if there is no such package."""
    if not (folder / "__init__.py").is_file():
        raise PackageError(f"{folder} is not a Python package: it has no __init__.py.")
    paths = [path for path in folder.rglob("*") if path.is_file()]
    top = folder.parent
    while (top / "__init__.py").is_file():  # a package within a package needs what makes them packages
        paths.append(top / "__init__.py")
        top = top.parent
    names = {path.relative_to(top).as_posix(): path for path in paths}
    return {name: path.read_bytes() for name, path in names.items() if not LEFT_OUT.search(name)}


def archive(files: Mapping[str, bytes]) -> bytes:
    """A zip that depends on names and contents alone."""
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_STORED) as zipped:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = UNIX
            entry.external_attr = MODE << 16
            zipped.writestr(entry, files[name])
    return result.getvalue()


def build(function: Function, root: Path = ROOT) -> bytes:
    """The bytes of one function's zip."""
    pins = read_lock((root / LOCK.name).read_text(encoding="utf-8"))
    parts = [source_files(root / source) for source in function.sources]
    needed = [pin for pin in closure(pins, function.requires) if pin.name not in function.without]
    cache = root / ".tools/wheels"
    parts += [
        wheel_files(wheel(pin, cache, LAMBDA if pin.name in function.compiled else PURE)) for pin in needed
    ]
    files: dict[str, bytes] = {}
    for part in parts:
        if doubles := sorted(files.keys() & part.keys()):
            raise PackageError(f"Two packages bring the same file: {', '.join(doubles)}.")
        files |= part
    return archive(files)


def write(content: bytes, path: Path) -> None:
    """Put the zip in place, whole or not at all; an unchanged one is left alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and path.read_bytes() == content:
        return
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(content)
    draft.replace(path)


def check(name: str, content: bytes, python: str) -> None:
    """Build once more, in a new process of PYTHON. Raises PackageError if the bytes differ."""
    with tempfile.TemporaryDirectory() as folder:
        again = [python, str(Path(__file__).resolve()), name, "--output", folder]
        subprocess.run(again, check=True, stdout=subprocess.DEVNULL)
        other = (Path(folder) / f"{name}.zip").read_bytes()
    if other != content:
        raise PackageError(
            f"{name}.zip is not reproducible: {hashlib.sha256(content).hexdigest()} here, "
            f"{hashlib.sha256(other).hexdigest()} by {python}."
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Build the named functions' zips and print their sizes and sums.

    By default all; then one whose compiled parts cannot be had is left out, and says so.
    """
    parser = argparse.ArgumentParser(prog="tools/package.py", description=main.__doc__)
    parser.add_argument("name", nargs="*", help=f"of {', '.join(FUNCTIONS)}")
    parser.add_argument(
        "--output", type=Path, default=ROOT / "dist", help="folder of the zips (default: dist)"
    )
    parser.add_argument(
        "--check",
        nargs="?",
        const=sys.executable,
        metavar="PYTHON",
        help="build a second time, by this or another Python, and compare the bytes",
    )
    options = parser.parse_args(argv)
    if unknown := sorted(set(options.name) - set(FUNCTIONS)):
        parser.error(f"unknown function: {', '.join(unknown)}. Choose from {', '.join(FUNCTIONS)}.")
    try:
        for name in options.name or FUNCTIONS:
            try:
                content = build(FUNCTIONS[name])
            except PackageError as error:
                if options.name or not FUNCTIONS[name].compiled:
                    raise
                print(f"{name}.zip is left out. {error}", file=sys.stderr)
                continue
            if options.check:
                check(name, content, options.check)
            write(content, options.output / f"{name}.zip")
            digest = hashlib.sha256(content).hexdigest()
            print(f"{options.output.name}/{name}.zip  {len(content):,} bytes  sha256 {digest}")
    except PackageError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
