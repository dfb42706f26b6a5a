import io

import pytest

from alarmctl.local import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_plain_output_names_the_step_and_its_end():
    out = io.StringIO()
    with progress.step("applying", out) as current:
        current.note("a queue")
    assert out.getvalue() == "→ applying\n✓ applying\n"


def test_a_failed_step_is_marked_and_the_error_passes():
    out = io.StringIO()
    with pytest.raises(ValueError, match="boom"), progress.step("applying", out):
        raise ValueError("boom")
    assert out.getvalue().endswith("✗ applying\n")


@pytest.mark.parametrize(("seconds", "shown"), [(1, ""), (61, "  … 61 s so far\n")], ids=["quick", "slow"])
def test_a_slow_step_gives_a_sign_of_life(seconds, shown):
    out = io.StringIO()
    current = progress.Step("applying", out)
    current._began -= seconds
    current._printed_at -= seconds
    current.refresh()
    assert out.getvalue() == shown


def test_a_terminal_shows_the_elapsed_time_and_what_is_done():
    out = Terminal()
    current = progress.Step("applying", out)
    current.begin()
    current._began -= 61
    current.note("a queue")
    current.refresh()
    assert "applying … 61 s  a queue" in out.getvalue()
    current.finish("✓")
    assert out.getvalue().endswith(f"{progress.CLEAR_LINE}✓ applying (61.0 s)\n")
