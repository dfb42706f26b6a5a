"""How long the notifier takes for a message once it is warm, and the demo until its first message.

`tools/bench.py` runs it. Each function gives a row's fields.
"""

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from notify_slack.config import Config
from notify_slack.pipeline import explain

ROOT = Path(__file__).resolve().parents[1]
EVENT = ROOT / "tests/notify_slack/events/alarm-sns.json"
MESSAGES = 500  # in one timing, so that the clock's resolution does not matter
WARM_SECONDS = 0.001
DEMO_SECONDS = 90.0
FIRST_MESSAGE = re.compile(r"1 posted by the function \((\d+\.\d) s since the start\)")

Fields = dict[str, Any]


def warm(runs: int) -> Fields:
    """Unwrap, parse, route and render one alarm, against the millisecond that it may take."""
    event = json.loads(EVENT.read_text(encoding="utf-8"))
    config = Config()
    explain(event, config)  # what is loaded at the first event of a kind
    seconds = []
    for _ in range(runs):
        began = time.process_time()
        for _ in range(MESSAGES):
            explain(event, config)
        seconds.append((time.process_time() - began) / MESSAGES)
    return {
        "what": "warm: CPU of one alarm, from event to message",
        "ours": statistics.median(seconds) * 1000,
        "alternative": "a millisecond",
        "theirs": WARM_SECONDS * 1000,
        "unit": "ms",
        "goal": 1.0,
        "runs": runs,
    }


def demo(runs: int) -> Fields:
    """The second `alarmctl local demo` of a home, from its start to the first message; it is run once."""
    del runs
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "alarmctl", "local", "demo", "--no-wait", "--home", home]
        command += ["--port", "4966", "--page-port", "4980"]
        first = 0.0
        for _ in range(2):
            ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
            found = FIRST_MESSAGE.search(ran.stdout)
            if ran.returncode or not found:
                raise SystemExit(f"The demo did not bring its messages:\n{ran.stdout}{ran.stderr}")
            first = float(found[1])
    return {
        "what": "demo, second run, to the first message",
        "ours": first,
        "alternative": "a minute and a half",
        "theirs": DEMO_SECONDS,
        "unit": "s",
        "goal": 1.0,
        "runs": 1,
    }


MEASUREMENTS: dict[str, Callable[[int], Fields]] = {"warm": warm, "demo": demo}
