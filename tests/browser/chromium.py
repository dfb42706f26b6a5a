"""Chromium, driven over a pipe by its DevTools protocol: no package, no port, no network but 127.0.0.1.

https://chromedevtools.github.io/devtools-protocol/
"""

import json
import os
import select
import subprocess
import time

ANSWER_SECONDS = 60  # a browser's first answer on a machine that is busy
PHONE, DESKTOP = (390, 844), (1280, 800)


class Chromium:
    """One browser process. Its commands are answered in order; what it tells meanwhile is kept by session."""

    def __init__(self, program, profile):
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        # It reads commands from descriptor 3 and answers to 4; a shell puts the pipes there.
        command = [
            *(program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            *("--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe"),
            *(f"--user-data-dir={profile}", "about:blank"),
        ]
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "bash", *command],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._in, self._out, self._number, self._rest = ours_in, ours_out, 0, b""
        self.told = []  # every event, as (session, method, parameters)

    def __call__(self, method, session=None, **parameters):
        """One command's answer."""
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters}
        if session:
            command["sessionId"] = session
        os.write(self._out, json.dumps(command).encode() + b"\0")
        while True:
            message = self._next()
            if message.get("id") == self._number:
                assert "error" not in message, (method, message["error"])
                return message["result"]

    def _next(self):
        end = time.monotonic() + ANSWER_SECONDS
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], max(0, end - time.monotonic()))
            assert ready, f"Chromium says nothing for {ANSWER_SECONDS} s"
            chunk = os.read(self._in, 1 << 20)
            assert chunk, "Chromium has ended"
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\0")
        message = json.loads(line)
        if "id" not in message:
            self.told.append((message.get("sessionId"), message["method"], message.get("params", {})))
        return message

    def close(self):
        try:
            self("Browser.close")
            self._process.wait(10)
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait(10)
        os.close(self._in)
        os.close(self._out)


class Page:
    """A tab of its own."""

    def __init__(self, browser, url, size):
        self._browser = browser
        self._target = browser("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        self._width, height = size
        metrics = {"width": self._width, "height": height, "deviceScaleFactor": 1}
        self._do("Emulation.setDeviceMetricsOverride", **metrics, mobile=size == PHONE)
        for domain in ("Runtime", "Log", "Page"):
            self._do(f"{domain}.enable")
        self._do("Page.navigate", url=url)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def _do(self, method, **parameters):
        return self._browser(method, self._session, **parameters)

    def value(self, expression):
        """What a JavaScript expression comes to."""
        answer = self._do("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, expression):
        """Wait until the expression is true."""
        end = time.monotonic() + ANSWER_SECONDS
        while not self.value(expression):
            assert time.monotonic() < end, f"never true: {expression}"
            time.sleep(0.05)

    @property
    def text(self):
        return self.value("document.body.innerText")

    @property
    def too_wide(self):
        """Elements that stick out of the window and make it scroll sideways."""
        if self.value("document.scrollingElement.scrollWidth") <= self._width:
            return []
        return self.value(
            "[...document.querySelectorAll('body *')]"
            ".filter(e => e.getBoundingClientRect().right > screen.width + 1)"
            ".slice(0, 5).map(e => e.tagName + '.' + e.getAttribute('class'))"
        ) or ["the page"]

    @property
    def errors(self):
        """What the console shows in red: exceptions, console.error, what was refused or did not load."""
        self.value("0")  # what was told before is read by now
        found = []
        for session, method, about in self._browser.told:
            if session != self._session:
                continue
            if method == "Runtime.exceptionThrown":
                found.append(about["exceptionDetails"]["text"])
            elif method == "Runtime.consoleAPICalled" and about["type"] in {"error", "assert"}:
                found.append(str(about["args"]))
            elif method == "Log.entryAdded" and about["entry"]["level"] == "error":
                found.append(about["entry"]["text"])
        return found

    def close(self):
        self._browser("Target.closeTarget", targetId=self._target)
