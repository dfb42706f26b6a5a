"""Draw docs/images/message.png: a real message, as the fake Slack's page shows it. It needs Chromium.

Not part of `make docs`: a browser's letters differ from machine to machine. Run it when the
messages change: `.venv/bin/python -m tools.picture`.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tools.messages import EXAMPLES, SETTINGS

from alarmctl.slack.message import Message
from alarmctl.slack.page import Channel, render_page
from notify_slack import config, pipeline

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs/images/message.png"
EXAMPLE = "alarm-datapoints"
RECEIVED_AT = datetime(2026, 3, 2, 10, 15, 13, tzinfo=UTC)
SIZE = (860, 560)  # pixels
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def page() -> str:
    """The channel's page as HTML."""
    settings = config.from_json(json.dumps(SETTINGS), environment="production")
    event = json.loads((EXAMPLES / f"{EXAMPLE}.json").read_text("utf-8"))
    requests = pipeline.explain(event, settings).requests
    messages = [Message(number, RECEIVED_AT, body) for number, body in enumerate(requests, 1)]
    return render_page(messages, channel=Channel(workspace="acme", name="alerts-production"))


def main() -> int:
    """Draw it."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print(f"There is no Chromium: install one of {', '.join(BROWSERS)}.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "page.html")
        source.write_text(page(), "utf-8")
        PICTURE.parent.mkdir(exist_ok=True)
        subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
             f"--user-data-dir={folder}/profile", f"--window-size={SIZE[0]},{SIZE[1]}",
             f"--screenshot={PICTURE}", source.as_uri()],
            check=True,
            capture_output=True,
            timeout=60,
        )  # fmt: skip
    print(f"wrote {PICTURE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
