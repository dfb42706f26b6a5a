import pytest

from alarmctl.local import full
from alarmctl.local.stack import Stack, StackError


@pytest.fixture
def stack(tmp_path):
    return Stack(
        pid=1,
        started="2026-03-02T10:00:00+00:00",
        home=str(tmp_path),
        aws_port=1,
        page_port=2,
        webhook_url="http://127.0.0.1:2/services/T/B/x",
        page_url="http://127.0.0.1:2/",
    )


def test_the_steps_of_the_folder_are_found_in_their_order():
    found = full.steps()
    assert [step.order for step in found] == sorted({step.order for step in found})
    assert all(step.title for step in found)


def test_every_step_is_played_and_a_failure_of_one_is_told_of(stack, capsys):
    def fails(_stack):
        raise StackError("No topic is there.")

    shown = [
        full.Step(1, "one", lambda _stack: []),
        full.Step(2, "two", fails),
        full.Step(3, "three", lambda _stack: ["It came late."]),
        full.Step(4, "four", lambda _stack: []),
    ]
    assert not full.play_all(stack, shown)
    out = capsys.readouterr().out
    assert "✗ No topic is there." in out
    assert "✗ It came late." in out
    assert out.splitlines()[-4:] == ["✓ one", "✗ two", "✗ three", "✓ four"]


def test_all_went_well(stack):
    assert full.play_all(stack, [full.Step(1, "one", lambda _stack: [])])
