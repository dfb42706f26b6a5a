"""What checkov is told to pass over."""

import re

import pytest
import yaml


@pytest.fixture(scope="module")
def text(root):
    return (root / ".checkov.yaml").read_text()


def test_every_skip_has_its_reason(text):
    skips = yaml.safe_load(text)["skip-check"]
    assert skips == sorted(set(skips), key=skips.index)
    for skip in skips:
        assert re.search(rf"^  - {skip} # \w.{{20,}}", text, re.MULTILINE), skip


def test_all_of_terraform_is_checked(text):
    settings = yaml.safe_load(text)
    assert (settings["directory"], settings["framework"]) == (["terraform"], ["terraform"])
    assert "soft-fail" not in settings
