"""Every command that a document shows can be typed: the programs know the words and the options.

`alarmctl` is asked by its own parser, `aws` by the service models that botocore carries, `make` by the
Makefile, `terraform` by a table. What neither needs nor changes anything outside the checkout is run.
"""

import argparse
import re
import shlex
import subprocess
import sys
from functools import cache

import botocore.loaders
import pytest
from botocore import xform_name

from alarmctl.cli import main, parser

FENCE = re.compile(r"^```(sh|bash|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:\.venv/bin/)?alarmctl [^`]+)`")
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*")
SUBSTITUTION = re.compile(r'"?\$\((.*?)\)"?')
BETWEEN = re.compile(r"[;&|()<>]+")

# What the shell and other programs do for the reader, and no more of them than these.
OTHERS = {
    *(
        "cd",
        "export",
        "read",
        "curl",
        "df",
        "du",
        "sort",
        "tail",
        "sha256sum",
        "systemctl",
        "gh",
        "git",
        "jq",
    ),
    *(".ci/run", "Get-PSDrive", "Get-Service"),
}
TERRAFORM = {
    "init": {"-backend-config", "-upgrade", "-plugin-dir"},
    "plan": {"-out", "-var"},
    "apply": {"-var"},
    "show": {"-json"},
    "output": {"-raw"},
    "state": set(),
    "destroy": set(),
}
# Of the command line of AWS, not of its services.
AWS_GLOBAL = {"--region", "--query", "--output", "--profile", "--max-items", "--endpoint-url"}
AWS_CUSTOM = {("logs", "tail"): {"--since", "--follow", "--filter-pattern", "--format"}}
# Neither needs nor changes anything outside the checkout.
RUN = (
    "lint terraform/environments/local/alarms.yaml",
    "test terraform/environments/local/scenarios",
)


def statements(kind, block):
    """The lines of a block that are typed, continuations joined; a console shows answers, too."""
    joined = re.sub(r"\\\n\s*", " ", block)
    if kind == "console":
        return [line[2:] for line in joined.splitlines() if line.startswith("$ ")]
    return [line for line in joined.splitlines() if line.strip()]


def simple_commands(line):
    """Each simple command of a line as its words: without comments, assignments, pipes, substitutions."""
    inner = SUBSTITUTION.findall(line)
    line = "; ".join([SUBSTITUTION.sub("VALUE", line), *inner])
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.wordchars += "…{}[],:?@%$^!"
    words = []
    for word in [*lexer, ";"]:
        if not BETWEEN.fullmatch(word):
            words.append(word)
            continue
        if ">" in word:
            continue  # the file is a word more, which no program's table minds
        while words and ASSIGNMENT.fullmatch(words[0]):
            words.pop(0)
        if words:
            yield words
        words = []


@pytest.fixture(scope="module")
def typed(committed):
    """(document, words) of each command in a fence."""
    return [
        (name, words)
        for name, text in committed.items()
        if name.endswith(".md")
        for kind, block in FENCE.findall(text)
        for line in statements(kind, block)
        for words in simple_commands(re.sub(r"\s*>{1,2}\s*\S+", "", line))
    ]


def of(typed, *programs):
    return [(name, words) for name, words in typed if words[0].removeprefix(".venv/bin/") in programs]


def refusals(words, capsys):
    """What argparse has against the words, or nothing; `NAME` stands for the reader's stack."""
    words = ["acme-production" if word == "NAME" else word for word in words]
    try:
        parser().parse_args(words)
    except SystemExit as exit_:
        return capsys.readouterr().err.strip().splitlines()[-1:] if exit_.code else []
    return []


def test_only_known_programs_are_shown(root, typed):
    known = {*OTHERS, "alarmctl", "make", "terraform", "aws"}
    strangers = {
        (name, " ".join(words))
        for name, words in typed
        if words[0].removeprefix(".venv/bin/") not in {*known, "python"}
    }
    assert strangers == set()
    scripts = [words[1] for _, words in of(typed, "python") if words[1] != "-m"]
    assert [script for script in scripts if not (root / script).exists()] == []


def test_every_alarmctl_command_parses(typed, capsys):
    shown = of(typed, "alarmctl")
    assert len(shown) > 30
    wrong = [(name, " ".join(words), said) for name, words in shown if (said := refusals(words[1:], capsys))]
    assert wrong == []


@cache
def options(*words):
    """The options of a command and of those below it."""
    found, here = set(), parser()
    for word in words:
        choices = next(
            (action.choices for action in here._actions if isinstance(action, argparse._SubParsersAction)), {}
        )
        if word not in choices:
            break
        here = choices[word]
        found |= {option for action in here._actions for option in action.option_strings}
    return found


def test_every_option_of_a_command_in_a_sentence_exists(committed):
    wrong = []
    for name, text in committed.items():
        if not name.endswith(".md"):
            continue
        for command in INLINE.findall(re.sub(r"```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)):
            words = command.split()
            known = options(*words[1:4])
            given = re.findall(r"(?<=[\s\[])--[a-z][a-z-]*", command)
            wrong += [f"{name}: {command}: {option}" for option in given if option not in known]
    assert wrong == []


def test_every_make_target_and_its_variables_exist(root, typed):
    makefile = (root / "Makefile").read_text()
    targets = set(re.findall(r"^\.PHONY: (\S+)$", makefile, re.MULTILINE))
    variables = set(re.findall(r"\$\(([A-Z][A-Z0-9]+)\)|\b([A-Z][A-Z0-9]+) \?=", makefile))
    names = {name for pair in variables for name in pair if name} | {"WAIT", "PYTHON"}
    wrong = [
        (name, word)
        for name, words in of(typed, "make")
        for word in words[1:]
        if (word.partition("=")[0] not in names if "=" in word else word not in targets)
    ]
    assert wrong == []


def test_every_terraform_command_is_of_a_known_shape(typed):
    wrong = []
    for name, (_, command, *arguments) in of(typed, "terraform"):
        given = {word.partition("=")[0] for word in arguments if word.startswith("-")}
        if command not in TERRAFORM or given - TERRAFORM[command]:
            wrong.append((name, command, given))
    assert wrong == []


@cache
def aws_options(service, operation):
    """The options of an operation by botocore's model of the service; None where there is no such one."""
    if (service, operation) in AWS_CUSTOM:
        return AWS_CUSTOM[service, operation]
    model = botocore.loaders.Loader().load_service_model(service, "service-2")
    for name, about in model["operations"].items():
        if xform_name(name, "-") == operation:
            members = model["shapes"][about["input"]["shape"]]["members"] if "input" in about else {}
            flags = {f"--{xform_name(member, '-')}" for member in members}
            return flags | {flag.replace("--", "--no-", 1) for flag in flags}
    return None


def test_every_aws_command_is_in_the_services_model(typed):
    wrong = []
    shown = of(typed, "aws")
    assert len(shown) > 100
    for name, (_, service, operation, *arguments) in shown:
        known = aws_options(service, operation)
        given = {word for word in arguments if word.startswith("--")}
        if known is None or given - known - AWS_GLOBAL:
            wrong.append((name, service, operation, given))
    assert wrong == []


@pytest.mark.parametrize("line", RUN)
def test_what_needs_nothing_is_run(line, root, typed, monkeypatch, capsys):
    shown = {" ".join(words[1:]) for _, words in of(typed, "alarmctl")}
    assert line in shown
    monkeypatch.chdir(root)
    assert main(line.split()) == 0
    assert capsys.readouterr().out


def test_an_event_is_previewed_as_the_readme_says(root, tmp_path, monkeypatch, capsys):
    event = (root / "tests/notify_slack/events/alarm-sns.json").read_text()
    (tmp_path / "my-event.json").write_text(event)
    monkeypatch.chdir(tmp_path)
    assert "alarmctl preview my-event.json" in (root / "README.md").read_text()
    assert main(["preview", "my-event.json"]) == 0
    assert "acme-production-api-cpu" in capsys.readouterr().out


def test_the_examples_run_as_their_pages_say(root, typed):
    scripts = {words[1] for _, words in of(typed, "python") if words[1].endswith(".py")}
    assert scripts
    for script in sorted(scripts):
        told = subprocess.run(
            [sys.executable, script, "--help"],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert told.returncode == 0, (script, told.stderr)


def commands_of(command):
    """Each command with those below it, as words."""
    found = []
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                found += [[name], *([name, *words] for words in commands_of(below))]
    return found


def test_every_command_has_help_that_says_what_it_does(capsys):
    for words in commands_of(parser()):
        with pytest.raises(SystemExit) as exit_:
            parser().parse_args([*words, "--help"])
        said = capsys.readouterr().out
        assert exit_.value.code == 0
        assert len(said.partition("\n\n")[2]) > 40, words
