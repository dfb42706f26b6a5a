"""An OpenSearch domain on 127.0.0.1: it keeps what it is given, and checks each request's signature.

It shows things again as OpenSearch does: with versions, times and defaults that nobody wrote.
"""

import hashlib
import json
import re
import threading
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEYS = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "a/token+with=signs")
REGION = "eu-west-1"
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=([0-9a-f]{64})"
)


def signature(method, url, body, headers):
    """What botocore's own signer makes of a request as it arrived, at the time that it names."""
    found = AUTHORIZATION.fullmatch(headers["Authorization"])
    assert found, headers["Authorization"]
    signed = {name: headers[name] for name in found[2].split(";") if name not in {"host", "x-amz-date"}}
    request = AWSRequest(method=method, url=url, data=body, headers=signed)
    request.context["timestamp"] = headers["X-Amz-Date"]
    request.headers["X-Amz-Date"] = headers["X-Amz-Date"]
    signer = SigV4Auth(Credentials(*KEYS), "es", REGION)
    canonical = signer.canonical_request(request)
    return found[3], signer.signature(signer.string_to_sign(request, canonical), request)


class OpenSearch:
    """The domain's state; `writes` are the requests that changed it."""

    def __init__(self):
        self.url = ""
        self.kept = {}
        self.versions = {}
        self.indices = {}
        self.writes = []
        self.deny = 0
        self.stubborn = False

    def answer(self, method, path, query, body):
        if self.deny:
            return self.deny, {"message": "User: anonymous is not authorized"}
        if path.startswith("/_plugins/_ism/explain/"):
            shown = {
                name: {"index": name, "index.plugins.index_state_management.policy_id": policy}
                for name, policy in self.indices.items()
                if fnmatchcase(name, path.rsplit("/", 1)[1])
            }
            return 200, {
                **shown,
                "total_managed_indices": sum(policy is not None for policy in self.indices.values()),
            }
        if method == "GET":
            return (200, self.shown(path)) if path in self.kept else (404, {"status": 404})
        self.writes.append((method, path, query))
        if path.startswith(("/_plugins/_ism/add/", "/_plugins/_ism/change_policy/")):
            return 200, self.attach(path, body["policy_id"])
        if path.startswith("/_plugins/_ism/policies/") and path in self.kept:
            expected = f"if_seq_no={self.versions[path]}&if_primary_term=1"
            if query != expected:
                return 409, {"error": "version_conflict_engine_exception"}
        self.kept[path] = body
        self.versions[path] = self.versions.get(path, 0) + 1
        return 200, {}

    def attach(self, path, policy):
        names = [name for name in self.indices if fnmatchcase(name, path.rsplit("/", 1)[1])]
        if self.stubborn:
            failed = [{"index_name": name, "reason": "This index is closed"} for name in names]
            return {"updated_indices": 0, "failures": True, "failed_indices": failed}
        taken = [name for name in names if "/add/" in path and self.indices[name]]
        self.indices |= {name: policy for name in names if name not in taken}
        return {
            "updated_indices": len(names) - len(taken),
            "failures": bool(taken),
            "failed_indices": [
                {"index_name": name, "reason": "This index already has a policy"} for name in taken
            ],
        }

    def shown(self, path):
        body = json.loads(json.dumps(self.kept[path]))
        name = path.rsplit("/", 1)[1]
        if path.startswith("/_index_template/"):
            return {"index_templates": [{"name": name, "index_template": body | {"composed_of": []}}]}
        if path.startswith("/_plugins/_security/"):
            return {name: body | {"reserved": False, "hidden": False, "static": False}}
        if path.startswith("/_plugins/_ism/policies/"):
            policy = body["policy"]
            policy |= {"policy_id": name, "last_updated_time": 1772445600000, "error_notification": None}
            for state in policy["states"]:
                state["actions"] = [{"retry": {"count": 3}, **action} for action in state["actions"]]
            return {
                "_id": name,
                "_version": 1,
                "_seq_no": self.versions[path],
                "_primary_term": 1,
                "policy": policy,
            }
        return {"id": name, "version": "WzEsMV0=", "updated_at": "2026-03-02T10:00:00Z", **body}


@pytest.fixture
def domain(monkeypatch):
    """The fake; its address is `domain.url`, and whoever signs as KEYS may do all."""
    for name, value in zip(
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), KEYS, strict=True
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    fake = OpenSearch()
    faults = []

    class Handler(BaseHTTPRequestHandler):
        def serve(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sent, expected = signature(self.command, f"{fake.url}{self.path}", body, self.headers)
            parts = urlsplit(self.path)
            faults.extend(["signature"] if sent != expected else [])
            faults.extend(["token"] if self.headers["X-Amz-Security-Token"] != KEYS[2] else [])
            if parts.path.startswith("/_dashboards/") and not self.headers["osd-xsrf"]:
                faults.append("Dashboards refuses a request without osd-xsrf")
            if body and self.headers["Content-Type"] != "application/json":
                faults.append("type")
            status, answer = fake.answer(
                self.command, unquote(parts.path), parts.query, json.loads(body) if body else None
            )
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = serve  # noqa: N815 -- http.server's names

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()
    assert faults == []


def digest(domain):
    """One word for all that the domain keeps."""
    return hashlib.sha256(json.dumps([domain.kept, domain.indices], sort_keys=True).encode()).hexdigest()
