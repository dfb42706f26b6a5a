import hashlib
import io
import json
import stat
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from alarmctl import terraform

ROOT = """
terraform {
  backend "local" {}
}
variable "secret" {
  type      = string
  ephemeral = true
}
variable "names" {
  type = list(string)
}
resource "terraform_data" "item" {
  for_each = toset(var.names)
  input    = each.key
}
output "count" {
  value = length(var.names)
}
"""


@pytest.fixture(autouse=True)
def _forget_versions():
    terraform.version.cache_clear()


@pytest.fixture
def pretend(tmp_path):
    """Make an executable that says it is terraform of a version."""

    def make(folder, number):
        path = tmp_path / folder / "terraform"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"""#!/bin/sh\necho '{{"terraform_version": "{number}"}}'\n""")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def releases():
    """A local release server: a dict of path to bytes."""
    files: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = files.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/terraform", files
        server.shutdown()
        thread.join()


def release_zip(number=terraform.VERSION):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("LICENSE.txt", "text")
        archive.writestr("terraform", f"""#!/bin/sh\necho '{{"terraform_version": "{number}"}}'\n""")
    return content.getvalue()


RELEASE_PATH = f"/terraform/{terraform.VERSION}/terraform_{terraform.VERSION}_linux_arm64.zip"


class TestFind:
    def test_prefers_the_one_on_path(self, pretend, monkeypatch):
        path = pretend("bin", "1.12.1")
        monkeypatch.setenv("PATH", str(path.parent))
        assert terraform.find(pretend("tools", "1.11.4").parent) == path

    def test_takes_the_fetched_one_when_the_one_on_path_is_too_old(self, pretend, monkeypatch):
        monkeypatch.setenv("PATH", str(pretend("bin", "1.5.7").parent))
        fetched = pretend("tools", "1.11.4")
        assert terraform.find(fetched.parent) == fetched

    def test_names_the_version_that_is_too_old(self, pretend, monkeypatch, tmp_path):
        old = pretend("bin", "1.5.7")
        monkeypatch.setenv("PATH", str(old.parent))
        with pytest.raises(terraform.TerraformError, match=r"terraform is 1\.5\.7\. Run `make setup`"):
            terraform.find(tmp_path)

    def test_says_when_there_is_none(self, monkeypatch, tmp_path):
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(terraform.TerraformError, match="No terraform on PATH"):
            terraform.find(tmp_path)

    def test_a_binary_that_answers_nonsense_is_named(self, monkeypatch, tmp_path):
        broken = tmp_path / "terraform"
        broken.write_text("#!/bin/sh\necho hello\n")
        broken.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(terraform.TerraformError, match=r"does not answer `terraform version`"):
            terraform.find(tmp_path / "none")

    def test_reads_a_prerelease_number(self, pretend):
        assert terraform.version(pretend("bin", "1.12.0-beta2")) == (1, 12, 0)


class TestFetch:
    def test_unpacks_an_archive_whose_sum_is_right(self, releases, tmp_path):
        url, files = releases
        files[RELEASE_PATH] = release_zip()
        sums = {"linux_arm64": hashlib.sha256(files[RELEASE_PATH]).hexdigest()}
        binary = terraform.fetch(tmp_path / "tools/terraform", url, sums=sums, platform="linux_arm64")
        assert stat.S_IMODE(binary.stat().st_mode) == 0o755
        assert terraform.version(binary) == (1, 11, 4)
        assert [path.name for path in binary.parent.iterdir()] == ["terraform"]

    def test_does_not_unpack_another_archive(self, releases, tmp_path):
        url, files = releases
        files[RELEASE_PATH] = release_zip()
        with pytest.raises(terraform.TerraformError, match=r"not the published a43d1d0d.*not unpacked"):
            terraform.fetch(tmp_path / "terraform", url, platform="linux_arm64")
        assert not list(tmp_path.iterdir())

    def test_says_what_to_install_when_the_release_is_out_of_reach(self, releases, tmp_path):
        url, _ = releases
        with pytest.raises(terraform.TerraformError, match=r"HTTP 404\); install Terraform 1\.11\.4 by hand"):
            terraform.fetch(tmp_path / "terraform", url, platform="linux_arm64")

    def test_says_so_when_nobody_listens(self, tmp_path):
        with pytest.raises(terraform.TerraformError, match=r"ConnectionError\); install Terraform"):
            terraform.fetch(tmp_path / "terraform", "http://127.0.0.1:9", platform="linux_arm64")

    def test_a_platform_without_a_sum_is_named(self, tmp_path):
        with pytest.raises(terraform.TerraformError, match="No Terraform checksum is known for plan9_mips"):
            terraform.fetch(tmp_path / "terraform", platform="plan9_mips")

    def test_setup_fetches_only_what_is_missing(self, releases, tmp_path, monkeypatch):
        url, files = releases
        path = f"/terraform/{terraform.VERSION}/terraform_{terraform.VERSION}_{terraform.platform_name()}.zip"
        files[path] = release_zip()
        monkeypatch.setattr(
            terraform, "SHA256", {terraform.platform_name(): hashlib.sha256(files[path]).hexdigest()}
        )
        monkeypatch.setenv("PATH", "/usr/bin:/bin" if not _terraform_in("/usr/bin:/bin") else str(tmp_path))
        said: list[str] = []
        fetched = terraform.setup(tmp_path / "tools", url, said.append)
        assert fetched == tmp_path / "tools/terraform"
        assert "Fetching 1.11.4" in said[0]
        files.clear()
        assert terraform.setup(tmp_path / "tools", url, said.append) == fetched
        assert len(said) == 1


def _terraform_in(path):
    return any((Path(folder) / "terraform").exists() for folder in path.split(":"))


class TestMirror:
    @pytest.fixture(autouse=True)
    def _nowhere_else(self, monkeypatch, tmp_path):
        folders = ["elsewhere/opt", "elsewhere/share"]
        monkeypatch.setattr(terraform, "MIRROR_PARENTS", tuple(tmp_path / name for name in folders))
        monkeypatch.setattr(terraform, "platform_name", lambda: "linux_arm64")
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "data2"))
        monkeypatch.delenv("TF_PLUGIN_DIR", raising=False)

    def provide(self, folder, platform="linux_arm64"):
        place = folder / terraform.PROVIDER / "5.100.0" / platform
        place.mkdir(parents=True)
        (place / "terraform-provider-aws_v5.100.0_x5").touch()
        return folder

    def test_none(self):
        assert terraform.mirror() is None
        assert terraform.plugin_arguments(lambda: False) == ()

    @pytest.mark.parametrize(
        "place", ["home/.terraform.d/plugins", "data/terraform/plugins", "elsewhere/opt/providers"]
    )
    def test_the_usual_places(self, tmp_path, place):
        folder = self.provide(tmp_path / place)
        assert terraform.mirror() == folder
        assert terraform.plugin_arguments(lambda: False) == (f"-plugin-dir={folder}",)
        assert terraform.plugin_arguments(lambda: True) == ()

    def test_the_named_one_wins_and_is_used_without_asking_the_registry(self, tmp_path, monkeypatch):
        self.provide(tmp_path / "home/.terraform.d/plugins")
        named = self.provide(tmp_path / "named")
        monkeypatch.setenv("TF_PLUGIN_DIR", str(named))
        assert terraform.plugin_arguments(lambda: pytest.fail("asked")) == (f"-plugin-dir={named}",)

    def test_a_named_folder_without_the_provider_is_an_error(self, tmp_path, monkeypatch):
        monkeypatch.setenv("TF_PLUGIN_DIR", str(tmp_path))
        with pytest.raises(terraform.TerraformError, match=r"TF_PLUGIN_DIR=.*has no .*linux_arm64"):
            terraform.plugin_arguments(lambda: False)

    def test_another_machine_s_provider_is_of_no_use(self, tmp_path):
        self.provide(tmp_path / "elsewhere/opt/providers", "darwin_arm64")
        assert terraform.mirror() is None

    def test_a_packed_mirror(self, tmp_path):
        folder = tmp_path / "elsewhere/share/providers"
        (folder / terraform.PROVIDER).mkdir(parents=True)
        (folder / terraform.PROVIDER / "terraform-provider-aws_5.100.0_linux_arm64.zip").touch()
        assert terraform.mirror() == folder


class TestEnvironment:
    def test_drops_a_configuration_file_that_is_not_there(self, monkeypatch, tmp_path):
        monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "none"))
        assert "TF_CLI_CONFIG_FILE" not in terraform.environment()

    def test_keeps_one_that_is_there(self, monkeypatch, tmp_path):
        (tmp_path / "rc").touch()
        monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "rc"))
        assert terraform.environment()["TF_CLI_CONFIG_FILE"] == str(tmp_path / "rc")

    def test_never_logs_requests(self, monkeypatch):
        monkeypatch.setenv("TF_LOG", "trace")
        assert "TF_LOG" not in terraform.environment()


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (("apply_complete", "create", 25), "aws_sqs_queue.alerts: created after 25 s"),
        (("apply_complete", "update", 1), "aws_sqs_queue.alerts: changed after 1 s"),
        (("apply_complete", "delete", 2), "aws_sqs_queue.alerts: destroyed after 2 s"),
        (("apply_complete", "read", 0), None),
        (("apply_progress", "create", 10), "aws_sqs_queue.alerts: creating, 10 s so far"),
        (("apply_errored", "create", 3), "aws_sqs_queue.alerts: failed after 3 s"),
        (("apply_start", "create", 0), None),
    ],
)
def test_progress_lines(event, line):
    kind, action, seconds = event
    hook = {"resource": {"addr": "aws_sqs_queue.alerts"}, "action": action, "elapsed_seconds": seconds}
    assert terraform.progress_line({"type": kind, "hook": hook}) == line


@pytest.mark.terraform
class TestRunner:
    @pytest.fixture
    def root(self, tmp_path):
        (tmp_path / "root").mkdir()
        (tmp_path / "root/main.tf").write_text(ROOT)
        return tmp_path

    def runner(self, root, **variables):
        variables = {"secret": "xoxb-hidden", "names": ["a", "b"]} | variables
        return terraform.Terraform(root / "root", root / "data", variables=variables)

    def test_init_plan_apply_output_destroy(self, root):
        said: list[str] = []
        runner = self.runner(root)
        (root / "backend.hcl").write_text(f'path = "{root}/it.tfstate"')
        runner.init(root / "backend.hcl")
        assert set(runner.plan(root / "saved")) == {
            'create terraform_data.item["a"]',
            'create terraform_data.item["b"]',
            "create output.count",
        }
        assert runner.show(root / "saved")["variables"]["names"]["value"] == ["a", "b"]
        assert "Plan: 2 to add, 0 to change, 0 to destroy." in runner.text(root / "saved")
        runner.apply(progress=said.append)
        assert 'terraform_data.item["a"]: created after 0 s' in said
        assert runner.plan() == ()
        assert runner.output() == {"count": 2}
        assert len(runner.show()["values"]["root_module"]["resources"]) == 2
        runner.destroy(progress=said.append)
        assert 'terraform_data.item["b"]: destroyed after 0 s' in said
        assert not json.loads((root / "it.tfstate").read_text())["resources"]
        assert "xoxb-hidden" not in (root / "it.tfstate").read_text() + repr(runner)
        assert [path.name for path in (root / "root").iterdir()] == ["main.tf"]

    def test_errors_are_terraform_s_own_words(self, root):
        runner = self.runner(root, names=None)
        runner.init({"path": str(root / "it.tfstate")})
        with pytest.raises(terraform.TerraformError, match=r"apply failed.*required variable \(main\.tf:9\)"):
            runner.apply()

    def test_many_errors_are_shortened(self, root):
        broken = "\n".join(f'output "o{i}" {{\n  value = var.missing{i}\n}}' for i in range(6))
        runner = self.runner(root)
        runner.init({"path": str(root / "it.tfstate")})
        (root / "root/broken.tf").write_text(broken)
        with pytest.raises(terraform.TerraformError, match=r"undeclared") as raised:
            runner.plan()
        assert "… and 3 more" in str(raised.value)

    def test_output_without_init_fails_in_one_sentence(self, root):
        with pytest.raises(terraform.TerraformError, match=r"terraform show failed in .*root: .*init"):
            self.runner(root).show()


class TestCommandLine:
    def test_which(self, pretend, monkeypatch, capsys):
        path = pretend("bin", "1.11.4")
        monkeypatch.setenv("PATH", str(path.parent))
        assert terraform.main(["which"]) == 0
        assert capsys.readouterr().out == f"{path}\n"

    def test_failures_go_to_stderr_with_exit_1(self, monkeypatch, capsys, tmp_path):
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr(terraform, "project_root", lambda: tmp_path)
        assert terraform.main(["which"]) == 1
        assert "Terraform 1.11 or newer is needed" in capsys.readouterr().err

    def test_no_command_is_wrong_usage(self, capsys):
        with pytest.raises(SystemExit, match="2"):
            terraform.main([])
        assert "usage" in capsys.readouterr().err
