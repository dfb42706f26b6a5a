"""The fake Slack over HTTP: what it answers, counts, shows, and how it fails when told to."""

import json
import re
import socket
import threading
import time
from typing import Any

import pytest
import requests

from alarmctl.slack.server import FakeSlack, PortInUseError, Route

HELLO = {"text": "hello"}


def post(slack, body=HELLO, **options):
    return requests.post(slack.webhook_url, json=body, timeout=5, **options)


def events(slack, cursor, count):
    """The first `count` events of the stream as (name, id, data); pulses are left out."""
    found: list[tuple[str, str, Any]] = []
    with requests.get(f"{slack.page_url}_events", params={"after": cursor}, stream=True, timeout=5) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        lines = answer.iter_lines(chunk_size=1, decode_unicode=True)
        event: dict[str, str] = {}
        while len(found) < count:
            line = next(lines)
            name, _, value = line.partition(": ")
            if line and name:
                event[name] = value
            elif event:
                found.append((event["event"], event.get("id", ""), json.loads(event["data"])))
                event = {}
    return found


def test_it_takes_a_message_as_slack_does(slack):
    answer = post(slack)
    assert (answer.status_code, answer.text) == (200, "ok")
    assert answer.headers["Content-Type"].startswith("text/plain")
    (message,) = slack.messages
    assert (message.number, message.body, json.loads(message.raw)) == (1, HELLO, HELLO)
    assert message.received_at.tzinfo is not None
    assert slack.counts == {"arrived": 1, "refused": 0, "rate_limited": 0, "failed": 0}


def test_it_listens_on_this_machine_only(slack):
    assert slack.webhook_url.startswith(f"http://127.0.0.1:{slack.port}/services/T")
    assert slack._server.server_address[0] == "127.0.0.1"


def test_the_form_that_curl_sends_is_read_too(slack):
    assert requests.post(slack.webhook_url, data={"payload": json.dumps(HELLO)}, timeout=5).text == "ok"
    assert slack.messages[0].body == HELLO


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"no json", "invalid_payload"),
        (b'{"text": NaN}', "invalid_payload"),
        (b"{}", "no_text"),
        (b'{"blocks": [{"type": "section"}]}', "invalid_blocks"),
        (b'{"text": "x", "blocks": {}}', "invalid_blocks_format"),
        (b'{"attachments": [{"blocks": [{"type": "line"}]}]}', "invalid_attachments"),
    ],
)
def test_what_slack_refuses_is_refused_with_its_error(slack, raw, error):
    answer = requests.post(slack.webhook_url, data=raw, timeout=5)
    assert (answer.status_code, answer.text) == (400, error)
    (refusal,) = slack.refusals
    assert (refusal.status, refusal.raw) == (400, raw)
    assert refusal.reason.startswith(f"{error}: ")
    assert slack.messages == []
    assert slack.counts["refused"] == 1


def test_another_webhook_does_not_exist(slack):
    answer = requests.post(slack.webhook_url[:-1] + "?", json=HELLO, timeout=5)
    assert (answer.status_code, answer.text) == (404, "no_service")
    assert slack.counts["refused"] == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nothing", 404),
        ("POST", "", 405),
        ("GET", "_control/fail", 405),
        ("GET", "services/T/B/x", 404),
    ],
)
def test_other_addresses(slack, method, path, status):
    assert requests.request(method, slack.page_url + path, timeout=5).status_code == status


def test_a_body_without_length_or_too_long_is_refused(slack):
    assert requests.post(slack.webhook_url, data=iter([b"x"]), timeout=5).status_code == 411
    with socket.create_connection(("127.0.0.1", slack.port), 5) as raw:
        raw.sendall(b"POST /services/x HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 413 ")


def test_one_message_a_second_after_a_short_burst(slack, clock):
    assert [post(slack).status_code for _ in range(3)] == [200, 200, 429]
    clock.seconds += 0.4
    answer = post(slack)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert answer.json() == {"retry_after": 1, "ok": False, "error": "rate_limited"}
    clock.seconds += 0.6
    assert [post(slack).status_code for _ in range(2)] == [200, 429]
    clock.seconds += 60
    assert [post(slack).status_code for _ in range(3)] == [200, 200, 429]
    assert slack.counts == {"arrived": 5, "refused": 0, "rate_limited": 4, "failed": 0}


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (400, "invalid_payload"),
        (403, "invalid_token"),
        (404, "no_service"),
        (410, "channel_is_archived"),
        (500, "rollup_error"),
    ],
)
def test_it_fails_with_a_status_when_told_to(slack, status, text):
    slack.fail(status=status, count=2)
    for _ in range(2):
        answer = post(slack)
        assert (answer.status_code, answer.text) == (status, text)
    assert post(slack).text == "ok"
    assert slack.counts == {"arrived": 1, "refused": 0, "rate_limited": 0, "failed": 2}


def test_it_is_over_the_rate_when_told_to(slack):
    slack.fail(status=429, retry_after=30)
    answer = post(slack)
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["retry_after"]) == (
        429,
        "30",
        30,
    )


def test_it_answers_200_without_delivering_when_told_to(slack):
    slack.fail(status=200, body="<html>welcome</html>")
    assert post(slack).text == "<html>welcome</html>"
    assert slack.messages == []


def test_a_failure_lasts_for_its_seconds(slack, clock):
    slack.fail(status=503, seconds=10)
    assert [post(slack).status_code for _ in range(3)] == [503, 503, 503]
    clock.seconds += 10
    assert post(slack).status_code == 200


def test_failures_come_one_after_the_other(slack):
    slack.fail(status=500)
    slack.fail(status=403, seconds=60, count=1)
    assert [post(slack).status_code for _ in range(3)] == [500, 403, 200]


def test_it_cuts_the_connection_when_told_to(slack):
    slack.fail(reset=True)
    with pytest.raises(requests.ConnectionError, match=r"Connection (reset|aborted)"):
        post(slack)
    assert slack.messages == []
    assert slack.refusals[0].status == 0


def test_it_loses_the_answer_when_told_to(slack):
    slack.fail(posted_but_answer_lost=True)
    with pytest.raises(requests.ConnectionError):
        post(slack)
    assert [message.body for message in slack.messages] == [HELLO]
    assert slack.counts["arrived"] == slack.counts["failed"] == 1


def test_it_hangs_when_told_to(slack):
    slack.fail(hang=60)
    with pytest.raises(requests.ReadTimeout):
        requests.post(slack.webhook_url, json=HELLO, timeout=0.2)
    slack.fail(hang=0.05, status=500)
    assert post(slack).status_code == 500
    assert slack.messages == []


@pytest.mark.parametrize(
    ("asked", "culprit"),
    [
        ({}, "say what fails"),
        ({"status": 99}, "fail.status"),
        ({"status": "500"}, "fail.status"),
        ({"status": True}, "fail.status"),
        ({"status": 500, "count": 0}, "fail.count"),
        ({"hang": -1}, "fail.hang"),
        ({"reset": "yes"}, "fail.reset"),
    ],
)
def test_a_senseless_failure_is_refused_by_name(slack, asked, culprit):
    with pytest.raises(ValueError, match=culprit):
        slack.fail(**asked)
    answer = requests.post(f"{slack.page_url}_control/fail", json=asked, timeout=5)
    assert answer.status_code == 400
    assert culprit in answer.json()["error"]


@pytest.mark.parametrize("raw", [b"[]", b"{", b'{"statsu": 500}', b"\xff"])
def test_a_failure_that_cannot_be_read_is_refused(slack, raw):
    answer = requests.post(f"{slack.page_url}_control/fail", data=raw, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert post(slack).status_code == 200


def test_it_is_controlled_over_http(slack):
    assert requests.post(f"{slack.page_url}_control/fail", json={"status": 500}, timeout=5).json() == {
        "ok": True
    }
    post(slack)
    post(slack)
    (listed,) = requests.get(f"{slack.page_url}_control/messages", timeout=5).json()
    assert (listed["number"], listed["body"]) == (1, HELLO)
    assert requests.get(f"{slack.page_url}_control/status", timeout=5).json() == slack.counts
    assert slack.counts["failed"] == 1
    requests.post(f"{slack.page_url}_control/clear", timeout=5)
    assert (slack.messages, slack.refusals, slack.counts["arrived"]) == ([], [], 0)


def test_a_program_can_add_its_own_addresses():
    routes: dict[tuple[str, str], Route] = {("POST", "/_control/echo"): lambda raw: (200, {}, raw.decode())}
    with FakeSlack(routes=routes) as slack:
        assert requests.post(f"{slack.page_url}_control/echo", data=b"hi", timeout=5).text == "hi"


def test_waiting_for_messages(slack):
    threading.Timer(0.05, post, [slack]).start()
    assert [message.body for message in slack.wait_for(1, 5)] == [HELLO]
    assert len(slack.wait_for(2, 0.01)) == 1


def test_the_page_shows_what_arrived_and_hides_the_webhook(slack):
    post(slack, {"text": "*hello* &lt;b&gt;"})
    post(slack, {})
    answer = requests.get(slack.page_url, timeout=5)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<b>hello</b> &lt;b&gt;" in answer.text
    assert "<b>1</b> refused" in answer.text
    assert "no_text" in answer.text
    assert slack.webhook_url.rpartition("/")[2] not in answer.text


def test_the_page_is_told_what_is_new(slack):
    post(slack)
    page = requests.get(slack.page_url, timeout=5).text
    (cursor,) = re.findall(r'data-cursor="([^"]+)"', page)
    threading.Timer(0.1, post, [slack, {"text": "second"}]).start()
    (counts, message, more) = events(slack, cursor, 3)
    assert counts[0] == more[0] == "counts"
    assert message[:2] == ("message", cursor.replace("-1", "-2"))
    assert "second" in message[2]
    assert "<b>2</b> arrived" in more[2]


def test_the_page_begins_anew_with_another_server(slack):
    post(slack)
    (clear, message, _) = events(slack, "other-7", 3)
    assert (clear[0], message[0]) == ("clear", "message")
    assert "hello" in message[2]
    slack.clear()
    (again,) = events(slack, message[1], 1)
    assert again[0] == "clear"


def test_stopping_ends_every_connection():
    slack = FakeSlack().start()
    slack.fail(hang=60)

    def lost():
        with pytest.raises(requests.ConnectionError):
            post(slack)

    streams = [requests.get(f"{slack.page_url}_events", stream=True, timeout=5) for _ in range(3)]
    hanging = threading.Thread(target=lost)
    hanging.start()
    with requests.Session() as session:
        session.get(slack.page_url, timeout=5)
        began = time.monotonic()
        slack.stop()
        assert time.monotonic() - began < 2
    hanging.join(5)
    assert not hanging.is_alive()
    for stream in streams:
        stream.close()
    assert not [
        thread for thread in threading.enumerate() if thread.name == "fake-slack" and thread.is_alive()
    ]
    slack.stop()


def test_it_starts_again_on_the_same_port():
    slack = FakeSlack().start()
    url = slack.webhook_url
    slack.stop()
    with slack:
        assert slack.webhook_url == url
        assert post(slack).text == "ok"


def test_a_port_in_use_is_named_with_the_way_out(slack):
    with pytest.raises(PortInUseError, match=rf"Port {slack.port} .* --page-port"):
        FakeSlack(slack.port).start()


def test_threads_post_at_once():
    with FakeSlack(burst=50) as slack:
        threads = [threading.Thread(target=post, args=[slack]) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert sorted(message.number for message in slack.messages) == list(range(1, 21))


def test_the_tally_is_on_the_page_before_our_own_counts(slack):
    assert (
        requests.post(
            f"{slack.page_url}_control/tally", json={"changes": 3, "lost": 0}, timeout=5
        ).status_code
        == 200
    )
    page = requests.get(slack.page_url, timeout=5).text
    assert page.index("<b>3</b> changes") < page.index("<b>0</b> arrived")


@pytest.mark.parametrize("counted", [[], {"lost": "no"}, {"lost": True}])
def test_a_tally_is_whole_numbers_by_name(slack, counted):
    answer = requests.post(f"{slack.page_url}_control/tally", json=counted, timeout=5)
    assert answer.status_code == 400
    assert "whole numbers" in answer.json()["error"]
