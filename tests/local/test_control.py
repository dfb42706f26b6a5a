import asyncio
import json

import pytest

from alarmctl.local.control import HEADER, ControlError, with_control


def call(method, path, body=b"", *, header=True, actions=None, chunks=1):
    """The status, the answer, and who else was called."""
    sent, others, touched = [], [], []
    size = max(1, len(body) // chunks)
    parts = [body[start : start + size] for start in range(0, len(body), size)] or [b""]

    async def receive():
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message):
        sent.append(message)

    async def other(scope, _receive, _send):
        others.append(scope["path"])

    def explode(_body):
        raise ControlError("not today")

    table = {("POST", "echo"): lambda body: {"got": body}, ("POST", "explode"): explode}
    app = with_control(other, actions or table, lambda: touched.append(path))
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [(HEADER.encode(), b"1")] if header else [],
    }

    async def request():
        await app(scope, receive, send)

    asyncio.run(request())
    assert touched == [path]
    if not sent:
        return None, None, others
    return sent[0]["status"], json.loads(sent[1]["body"]), others


def test_other_paths_belong_to_the_local_aws():
    assert call("POST", "/") == (None, None, ["/"])


def test_an_action_gets_the_whole_body():
    assert call("POST", "/_local/echo", b'{"a": [1, 2, 3]}', chunks=3) == (200, {"got": {"a": [1, 2, 3]}}, [])


@pytest.mark.parametrize(
    ("method", "path", "body", "header", "status", "says"),
    [
        ("POST", "/_local/echo", b"", False, 403, HEADER),
        ("GET", "/_local/echo", b"", True, 404, "POST /_local/echo"),
        ("OPTIONS", "/_local/echo", b"", False, 403, HEADER),
        ("POST", "/_local/echo", b"{", True, 400, "Expecting"),
        ("POST", "/_local/explode", b"", True, 400, "not today"),
    ],
    ids=["a web page has no such header", "unknown", "preflight", "no JSON", "refused"],
)
def test_refusals_say_why(method, path, body, header, status, says):
    answered, answer, _ = call(method, path, body, header=header)
    assert answered == status
    assert says in answer["error"]
