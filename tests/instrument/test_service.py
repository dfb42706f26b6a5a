import json
import socket

import pytest

from instrument import Service
from instrument.service import METADATA, image_version, version


def no_fetch(uri):
    raise AssertionError(f"{uri} was asked")


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("helloworld:1.4.2", "1.4.2"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web:v2", "v2"),
        ("registry.local:5000/web", ""),
        ("registry.local:5000/web:7", "7"),
        ("web@sha256:" + "ab" * 32, "abababababab"),
        ("web:1.0@sha256:" + "ab" * 32, "1.0"),
        ("", ""),
    ],
)
def test_the_version_of_an_image(image, expected):
    assert image_version(image) == expected


def test_each_source_of_the_version_yields_to_the_one_before(tmp_path):
    environ = {
        "SERVICE_VERSION": "a",
        "IMAGE": "web:b",
        METADATA: "http://127.0.0.1/v4/x",
        "DEPLOYMENT_ID": "d-ABC",
    }
    (tmp_path / "REVISION").write_text("e5f6\nmore\n")

    def fetch(uri):
        return json.dumps({"Image": "web:c"})

    found = []
    for gone in (*environ, None):
        found.append(version(environ, tmp_path, fetch))
        environ = {key: value for key, value in environ.items() if key != gone}
    assert found == ["a", "b", "c", "d-ABC", "e5f6"]


@pytest.mark.parametrize("answer", ["", "[]", "no json", '{"Image": 7}'])
def test_metadata_that_says_nothing_is_no_reason_not_to_start(tmp_path, answer):
    assert version({METADATA: "http://127.0.0.1/"}, tmp_path, lambda _: answer) in {"unknown", "7"}


def test_metadata_that_does_not_answer_is_no_reason_not_to_start(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refused at once
        environ = {METADATA: f"http://127.0.0.1:{taken.getsockname()[1]}/v4"}
        assert Service.from_environment("web", environ, folder=tmp_path).version == "unknown"


def test_a_service_is_named_by_its_environment(tmp_path):
    environ = {"SERVICE_NAME": "shop", "ENVIRONMENT": "production", "HOSTNAME_OF_HOST": "i-1"}
    service = Service.from_environment("web", environ, folder=tmp_path, fetch=no_fetch)
    assert service == Service("shop", "unknown", "production", "i-1")
