import io
import json
import logging
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument import JsonFormatter, LineWriter, Service, configure, current_request_id, request

LOG = logging.getLogger("shop")


@pytest.fixture
def root_logger():
    """The root logger, put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def written(root_logger, service):
    stream = io.StringIO()
    configure(service, stream)

    def lines():
        text = stream.getvalue()
        assert text == "" or text.endswith("\n")
        return [json.loads(one) for one in text.splitlines()]

    return lines


def test_a_line_says_what_when_and_who(written):
    logging.getLogger("shop").info("order %s placed", 7, extra={"order": 7})
    (line,) = written()
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "INFO",
        "logger": "shop",
        "message": "order 7 placed",
        "service": "helloworld",
        "version": "1.4.2",
        "environment": "staging",
        "hostname": "web-1",
        "order": 7,
    }


def test_lines_within_a_request_carry_its_id(written):
    with request("abc") as given:
        LOG.warning("in")
    LOG.warning("out")
    assert given == "abc"
    assert [line.get("request_id") for line in written()] == ["abc", None]


def test_each_thread_has_its_own_request(written):
    seen: dict[str, str | None] = {}

    def serve(name):
        with request(name):
            barrier.wait(5)
            seen[name] = current_request_id()

    barrier = threading.Barrier(4)
    threads = [threading.Thread(target=serve, args=(f"r{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {f"r{number}": f"r{number}" for number in range(4)}


def test_an_id_is_made_up_where_none_came():
    with request() as first, request() as second:
        assert first != second
        assert current_request_id() == second
    assert current_request_id() is None


def test_an_exception_is_one_line_with_its_stack(written):
    try:
        int("x\ny")
    except ValueError:
        LOG.exception("broken")
    (line,) = written()
    assert line["error"]["type"] == "ValueError"
    assert line["error"]["message"].endswith("'x\\ny'")
    assert "Traceback" in line["error"]["stack"]


def test_extra_fields_never_replace_who_speaks(written):
    LOG.warning("x", extra={"service": "liar", "version": "0", "level": "DEBUG"})
    assert written()[0]["service"] == "helloworld"
    assert written()[0]["level"] == "WARNING"


def test_arguments_that_do_not_fit_lose_no_line(service):
    record = logging.LogRecord("shop", logging.INFO, "", 0, "%d of %d", ("many", 2), None)
    assert "many" in json.loads(JsonFormatter(service).format(record))["message"]


def test_what_json_cannot_say_is_text(written):
    loop: list[object] = []
    loop.append(loop)
    LOG.warning("x", extra={"nan": float("nan"), "loop": loop, "bytes": b"\xff", "set": {1}})
    line = written()[0]
    assert (line["nan"], line["bytes"], line["set"]) == ("nan", "b'\\xff'", "{1}")
    assert line["message"] == "x"


@given(
    st.text(), st.dictionaries(st.text(min_size=1).map("x_{}".format), st.text() | st.floats() | st.binary())
)
def test_any_record_is_one_line_of_json(message, extra):
    record = logging.LogRecord("any", logging.INFO, "", 0, message, None, None)
    vars(record).update(extra)
    line = JsonFormatter(Service("web")).format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == message


def test_a_rotated_file_is_opened_again(tmp_path, service, root_logger):
    path = tmp_path / "app.log"
    configure(service, path=path)
    write = LineWriter(path)
    LOG.warning("before")
    write("metric 1")
    path.rename(tmp_path / "app.log.1")
    LOG.warning("after")
    write("metric 2")
    write.close()
    for handler in root_logger.handlers:
        handler.close()
    before, after = (tmp_path / "app.log.1").read_text(), path.read_text()
    assert "before" in before
    assert before.endswith("metric 1\n")
    assert "after" in after
    assert after.endswith("metric 2\n")
