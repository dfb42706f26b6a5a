"""What every module and environment has in common; their behaviour is tested by `terraform test`."""

import re
from pathlib import Path

import pytest

TERRAFORM = Path(__file__).resolve().parents[2] / "terraform"
MODULES = sorted(path for path in (TERRAFORM / "modules").iterdir() if path.is_dir())
ENVIRONMENTS = sorted(path.parent for path in (TERRAFORM / "environments").glob("*/main.tf"))
LOCKED = [*ENVIRONMENTS, TERRAFORM / "bootstrap"]
PLATFORMS = 14  # as many as provider 5.100.0 was released for, each with a zip


def blocks(folder, kind):
    """Name and body of each block of a kind, such as variable, in a folder."""
    text = "".join(path.read_text() for path in sorted(folder.glob("*.tf")))
    return re.findall(rf'^{kind} "(\w+)" {{\n(.*?)^}}', text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
class TestModule:
    def test_has_the_usual_files(self, module):
        files = {path.name for path in module.iterdir()}
        assert {"main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md", "tests"} <= files
        assert list(module.glob("tests/*.tftest.hcl"))

    def test_needs_only_the_aws_provider_and_says_which(self, module):
        text = (module / "versions.tf").read_text()
        assert re.search(r'required_version = ">= 1\.11(\.0)?"', text)
        sources = re.findall(r'source\s+= "(.+)"', text)
        assert set(sources) <= {"hashicorp/aws"}
        if sources:
            assert re.search(r'version\s+= ">= 5\.100(\.0)?, < 7\.0(\.0)?"', text)
        assert blocks(module, "provider") == []

    def test_its_readme_shows_a_use_with_everything_that_must_be_given(self, module):
        use = re.search(r"```hcl\n(module .+?\n}\n)", (module / "README.md").read_text(), re.DOTALL)
        assert use
        given = set(re.findall(r"^  (\w+) +=", use[1], re.MULTILINE))
        required = {name for name, body in blocks(module, "variable") if "\n  default " not in f"\n{body}"}
        assert required - given == set()
        assert given - {"source"} <= {name for name, _ in blocks(module, "variable")}

    def test_every_variable_and_output_is_described(self, module):
        found = [*blocks(module, "variable"), *blocks(module, "output")]
        assert [
            name for name, body in found if not re.search(r"^  description\s+= ", body, re.MULTILINE)
        ] == []

    def test_makes_resources_by_name_never_by_number(self, module):
        text = "".join(path.read_text() for path in module.glob("*.tf"))
        counted = re.findall(r"^  count\s+= (.+)$", text, re.MULTILINE)
        assert [
            value for value in counted if not value.endswith("? 1 : 0") and not value.endswith("? 0 : 1")
        ] == []


@pytest.mark.parametrize("folder", LOCKED, ids=lambda path: path.name)
class TestLockFile:
    def test_holds_on_every_platform(self, folder):
        text = (folder / ".terraform.lock.hcl").read_text()
        assert re.findall(r'^provider "(.+)"', text, re.MULTILINE) == ["registry.terraform.io/hashicorp/aws"]
        assert 'version     = "5.100.0"' in text
        assert len(re.findall(r'^    "h1:[\w+/=]{44}",$', text, re.MULTILINE)) == PLATFORMS
        assert (
            len(re.findall(r'^    "zh:[0-9a-f]{64}",$', text, re.MULTILINE)) == PLATFORMS + 1
        )  # and the sums file's

    def test_is_the_same_everywhere(self, folder):
        hashes = set(re.findall(r'"(?:h1|zh):.+"', (folder / ".terraform.lock.hcl").read_text()))
        assert hashes == set(re.findall(r'"(?:h1|zh):.+"', (LOCKED[0] / ".terraform.lock.hcl").read_text()))


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda path: path.name)
class TestEnvironment:
    def test_is_values_only(self, environment):
        text = "".join(path.read_text() for path in environment.glob("*.tf"))
        assert re.findall(r"^(?:resource|data) .*", text, re.MULTILINE) == []
        assert re.findall(r'^module "(\w+)"', text, re.MULTILINE) == ["alerting"]

    def test_keeps_its_state_apart(self, environment):
        text = (environment / "main.tf").read_text()
        if environment.name == "local":
            assert 'backend "local" {' in text
        else:
            assert f'key          = "alerting/{environment.name}/terraform.tfstate"' in text
            assert "use_lockfile = true" in text
