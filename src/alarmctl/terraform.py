"""Find, fetch and run Terraform: with the registry, or with a provider mirror where there is none."""

import argparse
import contextlib
import functools
import hashlib
import json
import os
import platform as host
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

MINIMUM = (1, 11, 0)  # the first release with write-only arguments, which keep the webhook out of the state
VERSION = "1.11.4"
RELEASES = "https://releases.hashicorp.com/terraform"
REGISTRY = "https://registry.terraform.io/.well-known/terraform.json"
PROVIDER = Path("registry.terraform.io/hashicorp/aws")
MIRROR_PARENTS = (Path("/opt"), Path("/usr/local/share"))
PROBE_SECONDS = (2, 3)  # to connect, to answer: a registry slower than this is as good as none
DOWNLOAD_SECONDS = (10, 60)
DIAGNOSTICS_SHOWN = 3
DIAGNOSTIC_CHARS = 900
BOXES = re.compile(r"\x1b\[[0-9;]*m|[╷│╵]")

# SHA-256 of terraform_1.11.4_<platform>.zip as published with the release.
SHA256 = {
    "linux_amd64": "1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc",
    "linux_arm64": "a43d1d0da9b9bab214a8305a39db0e40869572594ccf50c416a7756499143633",
    "darwin_amd64": "a56d5002b9f7647291faccc3dd1a70350e60fb61e4c45037629508b8fdc2575b",
    "darwin_arm64": "867e0808fa971217043e25b7a792b10720c79b1546f8a68479b74f138be73e18",
}

# What a hook line of `terraform apply -json` is called once its action is done.
DONE = {
    "create": "created",
    "update": "changed",
    "delete": "destroyed",
    "read": "read",
    "replace": "replaced",
}
DOING = {"create": "creating", "update": "changing", "delete": "destroying", "read": "reading"}

Progress = Callable[[str], object]


class TerraformError(Exception):
    """Terraform is missing, too old, cannot be fetched, or failed; the text says what to do next."""


def project_root() -> Path:
    """The checkout this file belongs to; the working directory when alarmctl is installed as a wheel."""
    checkout = Path(__file__).resolve().parents[2]
    return checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()


def platform_name() -> str:
    """This machine in Terraform's words, such as "linux_arm64"."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(host.machine().lower(), host.machine().lower())
    return f"{host.system().lower()}_{machine}"


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment made fit for automation.

    A TF_CLI_CONFIG_FILE that names a missing file only prints warnings, so it is dropped; TF_LOG would mix
    its lines, and with them secrets, into what we read.
    """
    result = {key: value for key, value in os.environ.items() if key not in {"TF_LOG", "TF_CLI_ARGS"}}
    named = result.get("TF_CLI_CONFIG_FILE")
    if named and not Path(named).is_file():
        del result["TF_CLI_CONFIG_FILE"]
    return result | {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"} | dict(extra or {})


# --- which terraform -------------------------------------------------------------------------------------


@functools.cache
def version(binary: Path) -> tuple[int, ...]:
    """The version that a terraform binary reports; raises TerraformError if it reports none."""
    try:
        run = subprocess.run(
            [binary, "version", "-json"],
            capture_output=True,
            text=True,
            env=environment(),
            timeout=30,
            check=False,
        )
        number = str(json.loads(run.stdout)["terraform_version"]).partition("-")[0]
        return tuple(int(part) for part in number.split("."))
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError) as error:
        raise TerraformError(
            f"{binary} does not answer `terraform version` ({type(error).__name__})."
        ) from None


def find(tools: Path | None = None) -> Path:
    """The first terraform of at least 1.11: on PATH, then TOOLS/terraform (default: `.tools` of the project).

    Raises TerraformError naming each one that is there but too old.
    """
    on_path = shutil.which("terraform")
    fetched = (tools or project_root() / ".tools") / "terraform"
    refused = []
    for candidate in ([Path(on_path)] if on_path else []) + ([fetched] if fetched.is_file() else []):
        try:
            found = version(candidate)
        except TerraformError as error:
            refused.append(str(error))
            continue
        if found >= MINIMUM:
            return candidate
        refused.append(f"{candidate} is {'.'.join(map(str, found))}.")
    seen = " ".join(refused) or "No terraform on PATH."
    raise TerraformError(
        f"Terraform 1.11 or newer is needed. {seen} Run `make setup`, which fetches {VERSION} into .tools, "
        "or install it from https://developer.hashicorp.com/terraform/install"
    )


def fetch(
    destination: Path,
    base_url: str = RELEASES,
    *,
    sums: Mapping[str, str] | None = None,
    platform: str | None = None,
) -> Path:
    """Download the official Terraform release to DESTINATION, a file, and return it.

    The archive is checked against its published SHA-256 before it is unpacked, and the binary appears whole
    or not at all. Raises TerraformError, with what to install, where that cannot be done.
    """
    platform = platform or platform_name()
    sums = SHA256 if sums is None else sums
    by_hand = f"install Terraform {VERSION} by hand: https://developer.hashicorp.com/terraform/install"
    if platform not in sums:
        raise TerraformError(f"No Terraform checksum is known for {platform}; {by_hand}")
    url = f"{base_url}/{VERSION}/terraform_{VERSION}_{platform}.zip"
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=destination.parent, prefix=".terraform-") as folder:
        archive = Path(folder) / "terraform.zip"
        try:
            digest = _download(url, archive)
        except (requests.RequestException, OSError) as error:
            raise TerraformError(f"Cannot fetch {url} ({_reason(error)}); {by_hand}") from None
        if digest != sums[platform]:
            raise TerraformError(
                f"{url} has SHA-256 {digest}, not the published {sums[platform]}: it was not unpacked. "
                f"Something between here and the release changed it; {by_hand}"
            )
        binary = Path(folder) / "terraform"
        with (
            zipfile.ZipFile(archive) as content,
            content.open("terraform") as source,
            binary.open("wb") as file,
        ):
            shutil.copyfileobj(source, file)
        binary.chmod(0o755)
        binary.replace(destination)
    version.cache_clear()
    return destination


def _download(url: str, archive: Path) -> str:
    digest = hashlib.sha256()
    with requests.get(url, stream=True, timeout=DOWNLOAD_SECONDS) as response, archive.open("wb") as file:
        response.raise_for_status()
        for chunk in response.iter_content(1 << 20):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def _reason(error: Exception) -> str:
    response = getattr(error, "response", None)
    return type(error).__name__ if response is None else f"HTTP {response.status_code}"


def setup(tools: Path | None = None, base_url: str = RELEASES, say: Progress = print) -> Path:
    """A usable terraform: the one that is there, else the official release fetched into TOOLS."""
    tools = tools or project_root() / ".tools"
    try:
        return find(tools)
    except TerraformError as missing:
        say(f"{str(missing).partition(' Run `make')[0]} Fetching {VERSION} …")
    fetch(tools / "terraform", base_url)
    return find(tools)


# --- which provider --------------------------------------------------------------------------------------


def mirror() -> Path | None:
    """A local folder that holds the AWS provider for this machine, fit for `terraform init -plugin-dir`.

    Looked for in $TF_PLUGIN_DIR, Terraform's own implied mirror folders
    (https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories), and
    the direct children of /opt and /usr/local/share.
    """
    return next((folder for folder in _mirror_folders() if _holds_provider(folder)), None)


def _mirror_folders() -> Iterator[Path]:
    if named := os.environ.get("TF_PLUGIN_DIR"):
        yield Path(named)
    home = Path.home()
    yield home / ".terraform.d/plugins"
    if host.system() == "Darwin":
        yield home / "Library/Application Support/io.terraform/plugins"
        yield Path("/Library/Application Support/io.terraform/plugins")
    data = os.environ.get("XDG_DATA_HOME") or str(home / ".local/share")
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    for folder in [data, *shared.split(":")]:
        yield Path(folder) / "terraform/plugins"
    for parent in MIRROR_PARENTS:
        with contextlib.suppress(OSError):
            yield from sorted(child for child in parent.iterdir() if child.is_dir())


def _holds_provider(folder: Path) -> bool:
    unpacked = folder.glob(f"{PROVIDER}/*/{platform_name()}/terraform-provider-aws*")
    packed = folder.glob(f"{PROVIDER}/terraform-provider-aws_*_{platform_name()}.zip")
    try:
        return any(unpacked) or any(packed)
    except OSError:
        return False


def registry_answers() -> bool:
    """Whether the public provider registry can be reached within a few seconds, proxies included."""
    try:
        return requests.head(REGISTRY, timeout=PROBE_SECONDS, allow_redirects=True).status_code < 500
    except (requests.RequestException, OSError, RuntimeError):  # RuntimeError: sockets forbidden, as in tests
        return False


def plugin_arguments(registry: Callable[[], bool] = registry_answers) -> tuple[str, ...]:
    """What `terraform init` needs to find its providers: nothing, or a mirror where the registry is not."""
    if named := os.environ.get("TF_PLUGIN_DIR"):
        if not _holds_provider(Path(named)):
            raise TerraformError(
                f"TF_PLUGIN_DIR={named} has no {PROVIDER} for {platform_name()}. Unset it, or name a folder "
                "made by `terraform providers mirror`."
            )
        return (f"-plugin-dir={named}",)
    folder = mirror()
    return () if folder is None or registry() else (f"-plugin-dir={folder}",)


# --- running it ------------------------------------------------------------------------------------------


def _quiet(_line: str) -> None:
    pass


@dataclass(frozen=True)
class Terraform:
    """One root module, its data folder and its environment.

    Variables travel as TF_VAR_ in the environment: a command line can be read by every user of the machine,
    and an ephemeral variable must be given to plan and apply alike. Every method raises TerraformError with
    Terraform's own diagnostics, shortened.
    """

    directory: Path
    data_dir: Path
    env: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, object] = field(default_factory=dict, repr=False)
    binary: Path | None = None

    def init(
        self, backend_config: Mapping[str, str] | Path | None = None, *, progress: Progress = _quiet
    ) -> None:
        """Fetch providers as the lock file says, and point the backend at BACKEND_CONFIG (or a file)."""
        locked = ("-lockfile=readonly",) if (self.directory / ".terraform.lock.hcl").is_file() else ()
        if isinstance(backend_config, Path):
            backend = [f"-backend-config={backend_config.resolve()}"]
        else:
            backend = [f"-backend-config={key}={value}" for key, value in (backend_config or {}).items()]
        self._stream(["init", "-reconfigure", *locked, *plugin_arguments(), *backend], progress)

    def apply(self, plan: Path | None = None, *, progress: Progress = _quiet) -> None:
        """Create or change what the configuration says, or exactly what a saved PLAN says.

        PROGRESS gets one line per finished resource. A plan that the state has left behind is refused.
        """
        self._stream(["apply", "-auto-approve", *([str(plan.resolve())] if plan else [])], progress)

    def destroy(self, *, progress: Progress = _quiet) -> None:
        """Remove everything that the state knows."""
        self._stream(["destroy", "-auto-approve"], progress)

    def plan(self, out: Path | None = None, *, progress: Progress = _quiet) -> tuple[str, ...]:
        """What an apply would do, such as "update aws_sqs_queue.alerts"; empty when it would do nothing."""
        saved = [f"-out={out.resolve()}"] if out else []
        events = self._stream(["plan", "-detailed-exitcode", *saved], progress, accepted=(0, 2))
        changes = [_planned(event) for event in events if event.get("type") == "planned_change"]
        outputs = [
            f"{value['action']} output.{name}"
            for event in events
            if event.get("type") == "outputs"
            for name, value in event.get("outputs", {}).items()
            if value.get("action", "noop") != "noop"
        ]
        return tuple(changes + outputs)

    def show(self, plan: Path | None = None) -> dict[str, Any]:
        """The state, or a saved plan, as `terraform show -json` prints it."""
        return self._json(["show", "-json", *([str(plan.resolve())] if plan else [])])

    def text(self, plan: Path) -> str:
        """A saved plan as `terraform show` prints it for people, sensitive values masked."""
        return self._read(["show", "-no-color", str(plan.resolve())])

    def output(self) -> dict[str, Any]:
        """The output values by name."""
        return {name: entry["value"] for name, entry in self._json(["output", "-json"]).items()}

    def _environment(self) -> dict[str, str]:
        given = {
            f"TF_VAR_{name}": value if isinstance(value, str) else json.dumps(value)
            for name, value in self.variables.items()
            if value is not None
        }
        return environment({**self.env, **given, "TF_DATA_DIR": str(self.data_dir.resolve())})

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return [str(self.binary or find()), f"-chdir={self.directory}", *arguments]

    def _json(self, arguments: Sequence[str]) -> dict[str, Any]:
        result: dict[str, Any] = json.loads(self._read(arguments))
        return result

    def _read(self, arguments: Sequence[str]) -> str:
        run = subprocess.run(
            self._command(arguments), capture_output=True, text=True, env=self._environment(), check=False
        )
        if run.returncode:
            detail = _plain(run.stderr)
            raise TerraformError(f"terraform {arguments[0]} failed in {self.directory}: {detail}")
        return run.stdout

    def _stream(
        self, arguments: Sequence[str], progress: Progress, accepted: tuple[int, ...] = (0,)
    ) -> list[dict[str, Any]]:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        events: list[dict[str, Any]] = []
        plain: list[str] = []
        # A session of its own: Ctrl-C then reaches Terraform once, from us, and it saves its state.
        process = subprocess.Popen(
            self._command([arguments[0], "-json", "-input=false", *arguments[1:]]),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            env=self._environment(),
            start_new_session=True,
        )
        with process:
            try:
                for line in process.stdout or ():
                    if (event := _event(line)) is None:
                        plain.append(line.rstrip())
                        continue
                    events.append(event)
                    if said := progress_line(event):
                        progress(said)
                code = process.wait()
            except BaseException:
                process.send_signal(signal.SIGINT)
                process.wait()
                raise
        if code not in accepted:
            raise TerraformError(
                f"terraform {arguments[0]} failed in {self.directory}: {_failure(events, plain)}"
            )
        return events


def _event(line: str) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def _planned(event: Mapping[str, Any]) -> str:
    change = event.get("change", {})
    return f"{change.get('action')} {change.get('resource', {}).get('addr')}"


def progress_line(event: Mapping[str, Any]) -> str | None:
    """One line for people from one of Terraform's machine-readable UI; None where it says nothing new.

    https://developer.hashicorp.com/terraform/internals/machine-readable-ui
    """
    hook = event.get("hook", {})
    address, action = hook.get("resource", {}).get("addr", ""), hook.get("action", "")
    seconds = f"{hook.get('elapsed_seconds', 0):.0f} s"
    match event.get("type"):
        case "apply_complete" if action != "read":
            return f"{address}: {DONE.get(action, action)} after {seconds}"
        case "apply_progress":
            return f"{address}: {DOING.get(action, action)}, {seconds} so far"
        case "apply_errored":
            return f"{address}: failed after {seconds}"
        case _:
            return None


def _failure(events: Sequence[Mapping[str, Any]], plain: Sequence[str]) -> str:
    found = [event["diagnostic"] for event in events if event.get("type") == "diagnostic"]
    errors = [_diagnostic(one) for one in found if one.get("severity") == "error"]
    if not errors:
        return _plain("\n".join(plain))
    shown = "\n".join(errors[:DIAGNOSTICS_SHOWN])
    more = len(errors) - DIAGNOSTICS_SHOWN
    return f"{shown}\n… and {more} more" if more > 0 else shown


def _diagnostic(one: Mapping[str, Any]) -> str:
    place = one.get("range") or {}
    where = f" ({place['filename']}:{place['start']['line']})" if place else ""
    subject = f"{one['address']}: " if one.get("address") else ""
    detail = " ".join(str(one.get("detail", "")).split())
    return _shorten(f"{subject}{one.get('summary', '')}{where}. {detail}".strip())


def _plain(text: str) -> str:
    """Terraform's boxed and coloured error text as one paragraph."""
    words = BOXES.sub(" ", text).split()
    return _shorten(" ".join(words)) if words else "it printed nothing"


def _shorten(text: str) -> str:
    return text if len(text) <= DIAGNOSTIC_CHARS else text[: DIAGNOSTIC_CHARS - 1] + "…"


# --- python -m alarmctl.terraform ------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """`setup` finds or fetches Terraform, `which` prints the one in use, `init DIR` initialises a folder."""
    parser = argparse.ArgumentParser(prog="python -m alarmctl.terraform", description=main.__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("setup", help="find Terraform, or fetch the official release into .tools")
    commands.add_parser("which", help="print the path of the Terraform in use")
    init = commands.add_parser(
        "init", help="terraform init, with a provider mirror where there is no registry"
    )
    init.add_argument("directory", type=Path)
    init.add_argument("--data-dir", type=Path, help="default: DIRECTORY/.terraform")
    init.add_argument("--backend-config", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args(argv)
    try:
        if options.command == "init":
            backend = dict(pair.split("=", 1) for pair in options.backend_config)
            data_dir = options.data_dir or options.directory / ".terraform"
            Terraform(options.directory, data_dir).init(backend)
            print(f"{options.directory}: initialised")
        elif options.command == "setup":
            print(f"Terraform: {setup()}")
        else:
            print(find())
    except TerraformError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
