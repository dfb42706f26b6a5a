"""What docs/provider-6.md says of our code stays true: nothing is used that the provider's 6.x line lacks."""

import re

import pytest

GONE = {
    "the Region's name; use .id": r"data\.aws_region\.\w+\.name\b",
    "a bucket's region; it is the argument of 6.x": r"aws_s3_bucket\.\w+(\[[^\]]*\])?\.region\b",
    "kibana_endpoint": r"\bkibana_endpoint\b",
    "inference_accelerator": r"\binference_accelerator\b",
    "a service that 6.x lacks": r"\b(opsworks|simpledb|worklink)\b",
    "the legacy endpoint of S3": r"\bs3_us_east_1_regional_endpoint\b",
}


@pytest.fixture(scope="module")
def ours(committed):
    return {name: text for name, text in committed.items() if name.endswith((".tf", ".tftest.hcl"))}


@pytest.mark.parametrize("what", GONE)
def test_nothing_is_used_that_provider_6_takes_away(ours, what):
    assert [name for name, text in ours.items() if re.search(GONE[what], text)] == []


def test_every_environment_pins_the_tested_provider(ours):
    pins = {
        name: re.search(r'source\s*=\s*"hashicorp/aws"\s*version\s*=\s*"([^"]+)"', text)
        for name, text in ours.items()
        if re.fullmatch(r"terraform/(environments/\w+|bootstrap)/main\.tf", name)
    }
    assert len(pins) >= 4
    assert {name: pin and pin[1] for name, pin in pins.items()} == dict.fromkeys(pins, "~> 5.100")
