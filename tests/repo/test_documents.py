"""What the documents tell a reader to type or to open is there."""

import re

import pytest

from alarmctl.cli import parser

FENCE = re.compile(r"^```(?:sh|bash|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:make|alarmctl) [^`]+)`")
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:|#)([^)#\s]+)")


@pytest.fixture(scope="module")
def documents(committed):
    return {name: text for name, text in committed.items() if name.endswith(".md")}


def commands(text):
    """Each command line in shell fences and inline code that starts with one of ours."""
    lines = [line for block in FENCE.findall(text) for line in block.splitlines()] + INLINE.findall(text)
    return [line.strip() for line in lines]


def test_every_make_target_in_the_documents_exists(root, documents):
    targets = set(re.findall(r"^\.PHONY: (\S+)$", (root / "Makefile").read_text(), re.MULTILINE))
    used = {
        word: name
        for name, text in documents.items()
        for line in commands(text)
        if line.startswith("make ")
        for word in line.partition("#")[0].split()[1:]
        if re.fullmatch(r"[a-z-]+", word)
    }
    assert {word: name for word, name in used.items() if word not in targets} == {}


def test_every_alarmctl_command_in_the_documents_exists(documents, capsys):
    wrong = []
    for name, text in documents.items():
        for line in commands(text):
            command = re.match(r"(?:\.venv/bin/)?alarmctl ((?:[a-z][a-z-]*(?: |$)){1,2})(?!\|)", line)
            if command and not _known(command[1].split()):
                wrong.append(f"{name}: {line}")
    capsys.readouterr()
    assert wrong == []


def _known(words):
    """Whether argparse knows the command: with --help it then exits 0."""
    try:
        parser().parse_args([*words, "--help"])
    except SystemExit as exit_:
        return exit_.code == 0
    return False


def test_every_link_between_documents_leads_somewhere(root, documents):
    broken = {
        f"{name}: {target}"
        for name, text in documents.items()
        for target in LINK.findall(text)
        if not ((root / name).parent / target).exists()
    }
    assert broken == set()


def test_decisions_are_numbered_and_complete(root):
    pages = sorted((root / "docs/adr").glob("[0-9]*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        headings = re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], page.name


def test_the_changelog_has_a_place_for_what_is_not_released(root):
    assert "## [Unreleased]" in (root / "CHANGELOG.md").read_text()
