import hashlib
import json
import tarfile

import pytest

ROOT = """
terraform {{
  required_version = ">= 1.11"
  backend "local" {{}}
}}

resource "terraform_data" "one" {{
  input = "{value}"
}}
"""


@pytest.fixture(scope="module")
def planner(tool):
    return tool("plan")


@pytest.fixture(scope="module")
def applier(tool):
    return tool("apply")


@pytest.fixture(scope="module")
def releaser(tool):
    return tool("release")


def archive(path, **files):
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            kept = path.parent / name
            kept.write_text(content)
            tar.add(kept, name)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_another_archive_than_the_approved_one_is_refused(applier, tmp_path):
    saved = tmp_path / "saved.tar"
    archive(saved, plan="a plan")
    with pytest.raises(applier.ApplyError, match="not the plan that was approved"):
        applier.unpack(saved, "0" * 64, tmp_path / "scratch", tmp_path / "dist")
    assert not (tmp_path / "dist").exists()


def test_an_archive_without_a_plan_is_refused(applier, tmp_path):
    saved = tmp_path / "saved.tar"
    digest = archive(saved, other="x")
    with pytest.raises(applier.ApplyError, match="no plan in it"):
        applier.unpack(saved, digest, tmp_path / "scratch", tmp_path / "dist")


def test_a_missing_archive_says_how_to_make_it(applier, tmp_path, capsys):
    assert applier.main(["staging", str(tmp_path / "none.tar"), "0" * 64]) == 1
    assert "tools/plan.py --save" in capsys.readouterr().err


def test_digests_are_as_sha256sum_reads_them(releaser, tmp_path, capsys):
    assert releaser.main(tmp_path) == 1
    assert "make package" in capsys.readouterr().err
    (tmp_path / "a.zip").write_bytes(b"a")
    assert releaser.main(tmp_path) == 0
    assert (tmp_path / "SHA256SUMS").read_text() == f"{hashlib.sha256(b'a').hexdigest()}  a.zip\n"


@pytest.mark.terraform
def test_exactly_the_saved_plan_is_applied_and_only_once(planner, applier, tmp_path, monkeypatch, capsys):
    """With the real Terraform, its built-in resource, and a state in a file."""
    folder = tmp_path / "environments/staging"
    folder.mkdir(parents=True)
    state = tmp_path / "state.tfstate"
    (tmp_path / "environments/backend.hcl").write_text(f'path = "{state}"\n')
    for module in (planner, applier):
        monkeypatch.setattr(module, "ENVIRONMENTS", tmp_path / "environments")
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "outputs"))
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/notify_slack.zip").write_text("planned")
    (folder / "main.tf").write_text(ROOT.format(value="planned"))
    saved = tmp_path / "saved.tar"
    assert planner.main(["staging", "--save", str(saved)]) == 0
    told = dict(line.split("=") for line in (tmp_path / "outputs").read_text().splitlines())
    assert told["changes"] == "true"

    # What is written since then, in code or zip, is not what was approved.
    (folder / "main.tf").write_text(ROOT.format(value="written later"))
    (tmp_path / "dist/notify_slack.zip").write_text("built later")
    assert applier.main(["staging", str(saved), told["sha256"]]) == 0
    (resource,) = json.loads(state.read_text())["resources"]
    assert resource["instances"][0]["attributes"]["input"]["value"] == "planned"
    assert (tmp_path / "dist/notify_slack.zip").read_text() == "planned"

    capsys.readouterr()
    assert applier.main(["staging", str(saved), told["sha256"]]) == 1
    assert "stale" in capsys.readouterr().err
    assert planner.main(["staging", "--drift"]) == 1
