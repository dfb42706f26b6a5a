"""Our own signed calls: the signature is botocore's, the answers are moto's, the faults are ours."""

import json
from datetime import UTC, datetime

import boto3
import pytest
import requests
import responses
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from moto import mock_aws

from notify_slack.aws import Api, AwsError, Credentials, sign

NOW = 1_772_400_000.0
URL = "https://dynamodb.eu-west-1.amazonaws.com/"
ENVIRON = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-west-1"}


@pytest.fixture
def make():
    """An Api whose pauses are counted."""
    sessions = []

    def api(environ=ENVIRON, slept=None):
        session = requests.Session()
        session.trust_env = False
        sessions.append(session)
        return Api(session, environ, lambda: NOW, (slept if slept is not None else []).append)

    yield api
    for session in sessions:
        session.close()


@pytest.fixture
def http():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.mark.parametrize("token", ["", "session-token"])
@pytest.mark.parametrize("body", [b"{}", '{"Name": "/ä/ü"}'.encode()])
def test_the_signature_is_the_one_that_botocore_makes(token, body, monkeypatch):
    headers = {"content-type": "application/x-amz-json-1.0", "host": "sqs.eu-west-1.amazonaws.com"}
    headers["x-amz-target"] = "AmazonSQS.SendMessage"
    ours = sign(headers, body, Credentials("AKIDEXAMPLE", "secret", token), "eu-west-1", "sqs", NOW)

    moment = datetime.fromtimestamp(NOW, tz=UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda **_: moment.replace(tzinfo=None))
    request = AWSRequest("POST", "https://sqs.eu-west-1.amazonaws.com/", headers=headers, data=body)
    SigV4Auth(BotoCredentials("AKIDEXAMPLE", "secret", token or None), "sqs", "eu-west-1").add_auth(request)
    assert ours["authorization"] == request.headers["Authorization"]
    assert ours["x-amz-date"] == request.headers["X-Amz-Date"]


def test_moto_answers_as_aws_would(make, monkeypatch):
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        boto3.client("ssm", "eu-west-1").put_parameter(Name="/p", Value="hidden", Type="SecureString")
        answer = make().call("ssm", "GetParameter", {"Name": "/p", "WithDecryption": True})
        assert answer["Parameter"]["Value"] == "hidden"
        with pytest.raises(AwsError, match="ssm GetParameter: ParameterNotFound") as caught:
            make().call("ssm", "GetParameter", {"Name": "/other"})
        assert (caught.value.code, caught.value.passing) == ("ParameterNotFound", False)


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({}, URL),
        ({"AWS_REGION": "cn-north-1"}, "https://dynamodb.cn-north-1.amazonaws.com.cn/"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, "http://127.0.0.1:4566/"),
        ({"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000/"}, "http://127.0.0.1:8000/"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "us-west-2"}, "https://dynamodb.us-west-2.amazonaws.com/"),
    ],
)
def test_the_endpoint_is_the_regions_or_the_one_that_is_set(environ, url, make, http):
    http.post(url, json={"found": True})
    assert make(ENVIRON | environ).call("dynamodb", "GetItem", {}) == {"found": True}
    assert http.calls[0].request.headers["x-amz-target"] == "DynamoDB_20120810.GetItem"


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 503, "body": "<html>"},
        {"status": 400, "json": {"__type": "com.amazonaws.dynamodb#ThrottlingException"}},
        {"body": requests.ConnectTimeout("secret")},
    ],
)
def test_what_may_pass_is_tried_twice(fault, make, http):
    http.post(URL, **fault)
    http.post(URL, json={})
    slept: list[float] = []
    assert make(slept=slept).call("dynamodb", "GetItem", {}) == {}
    assert len(slept) == 1


def test_what_does_not_pass_is_told_by_its_code_alone(make, http):
    http.post(URL, body=requests.ConnectTimeout("secret"))
    with pytest.raises(AwsError) as caught:
        make().call("dynamodb", "GetItem", {})
    assert str(caught.value) == "dynamodb GetItem: ConnectTimeout"
    assert caught.value.__suppress_context__
    assert len(http.calls) == 2


def test_a_refusal_is_not_tried_again(make, http):
    http.post(URL, status=400, json={"__type": "x#ConditionalCheckFailedException"})
    with pytest.raises(AwsError, match="ConditionalCheckFailedException"):
        make().call("dynamodb", "UpdateItem", {})
    assert len(http.calls) == 1


def test_outside_of_lambda_botocore_finds_the_credentials(make, http, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "elsewhere")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    http.post(URL, json={})
    make({"AWS_REGION": "eu-west-1"}).call("dynamodb", "GetItem", {})
    assert "Credential=elsewhere/" in http.calls[0].request.headers["authorization"]


def test_without_credentials_it_says_so(make, monkeypatch):
    monkeypatch.setattr("botocore.session.Session.get_credentials", lambda _: None)
    with pytest.raises(AwsError, match="NoCredentials"):
        make({"AWS_REGION": "eu-west-1"}).call("dynamodb", "GetItem", {})


def test_a_body_is_json(make, http):
    http.post(URL, json={})
    make().call("dynamodb", "GetItem", {"Key": {"pk": {"S": "ä"}}})
    assert json.loads(http.calls[0].request.body) == {"Key": {"pk": {"S": "ä"}}}
