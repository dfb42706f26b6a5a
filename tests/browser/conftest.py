"""One browser for all tests of the pages, and a tab for each."""

import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # the driver is a module, and tests are no package

from tests.browser.chromium import DESKTOP, Chromium, Page  # noqa: E402
from tools.picture import BROWSERS  # noqa: E402


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"there is no browser: one of {', '.join(BROWSERS)}")
    made = Chromium(program, tmp_path_factory.mktemp("profile"))
    yield made
    made.close()


@pytest.fixture
def open_page(browser):
    """Open a URL or a file in a window of a size; closed at the end of the test."""
    opened = []

    def _open(where, size=DESKTOP):
        url = where if isinstance(where, str) else where.resolve().as_uri()
        opened.append(Page(browser, url, size))
        return opened[-1]

    yield _open
    for page in opened:
        page.close()


@pytest.fixture
def documents():
    """The folder of the documents."""
    return ROOT / "docs"
