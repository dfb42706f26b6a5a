import pytest


@pytest.fixture(scope="module")
def bench(tool):
    return tool("bench")


def test_a_row_says_the_ratio_the_goal_and_both_sides(bench):
    row = bench.Row("cold start", 0.25, "clients at import", 1.0, "s", 0.5, 7)
    assert bench.line(row) == (
        "cold start: 0.25 of clients at import (goal ≤ 0.5: reached); 0.250 s against 1.000 s, medians of 7"
    )


def test_a_missed_goal_is_called_missed(bench):
    assert "missed" in bench.line(bench.Row("cold start", 0.9, "clients at import", 1.0, "s", 0.5, 7))


def test_without_the_zip_it_says_what_to_run(bench, monkeypatch, capsys):
    monkeypatch.setattr(bench, "ZIP", bench.ROOT / "dist/none.zip")
    assert bench.main([]) == 1
    assert capsys.readouterr().err == "dist/none.zip is missing. Run `make package` first.\n"


def test_an_unknown_measurement_is_wrong_usage(bench, capsys):
    with pytest.raises(SystemExit, match="2"):
        bench.main(["cold"])
    assert "unknown measurement: cold. Choose from cold-start" in capsys.readouterr().err


def test_a_handler_that_does_not_post_is_an_error_not_a_number(bench):
    with pytest.raises(SystemExit, match="The handler did not post: it is broken"):
        bench._first_post("raise SystemExit('it is broken')", {}, [])


def test_the_page_shows_every_row_with_its_verdict(bench):
    rows = [
        bench.Row("cold start", 0.25, "clients at import", 1.0, "s", 0.5, 7),
        bench.Row("plan", 2.0, "by hand", 1.0, "s", 1.5, 7),
    ]
    page = bench.table(rows, "Linux, 2 cores", "2026-03-02")
    assert "on Linux, 2 cores, 2026-03-02" in page
    assert "| cold start | 0.25 s | clients at import: 1 s | 0.25 | ≤ 0.5 | reached |" in page
    assert "| plan | 2 s | by hand: 1 s | 2 | ≤ 1.5 | **missed** |" in page
