"""What Terraform needs for a plan of new resources: nothing of AWS but an answer of STS."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

IDENTITY = b"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Arn>arn:aws:iam::000000000000:root</Arn><UserId>x</UserId><Account>000000000000</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""
OVERRIDE = """
terraform {
  backend "local" {}
}
provider "aws" {
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  endpoints {
    sts = "ENDPOINT"
  }
}
"""


class Sts(BaseHTTPRequestHandler):
    """Answers GetCallerIdentity, all that a plan of new resources asks AWS for."""

    def do_POST(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(IDENTITY)))
        self.end_headers()
        self.wfile.write(IDENTITY)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def without_aws():
    """The text of an override file for an environment's folder: it is merged into the folder's own blocks."""
    with HTTPServer(("127.0.0.1", 0), Sts) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield OVERRIDE.replace("ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()
