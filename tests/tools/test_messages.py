"""docs/messages.html, the list of kinds and Terraform's copy of it are what `make docs` would write."""

import pytest


@pytest.fixture(scope="module")
def messages(tool):
    return tool("messages")


def test_what_is_generated_is_up_to_date(messages):
    stale = [path.name for path, content in messages.written().items() if path.read_text("utf-8") != content]
    assert stale == [], "run `make docs`, and look at docs/messages.html"


def test_it_writes_only_what_differs(messages, monkeypatch, tmp_path, capsys):
    fresh, stale = tmp_path / "fresh", tmp_path / "stale"
    fresh.write_text("same")
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(messages, "written", lambda: {fresh: "same", stale: "new"})
    assert messages.main() == 0
    assert capsys.readouterr().out == "wrote stale\n"
    assert stale.read_text() == "new"


def test_the_page_shows_every_example_alarms_first(messages):
    page = messages.page()
    shown = [path.stem for path in messages._files()]
    assert shown[0].startswith("alarm-")
    assert [name for name in shown if f"<span>{name}</span>" not in page] == []
    assert "hunter2" not in page


def test_every_kind_is_described(messages):
    assert [name for name, said in messages._sayings() if not said] == []
