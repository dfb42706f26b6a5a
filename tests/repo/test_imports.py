"""Rooms import one way: docs/architecture.md draws them."""

import ast
import sys

import pytest

OURS = {"notify_slack", "instance_alarms", "health_mutes", "alarms", "alarmctl", "instrument"}
STANDARD = set(sys.stdlib_module_names)

# Room -> what it may import beside itself and the standard library.
ALLOWED = {
    "lambda/notify_slack": {"requests", "boto3", "botocore"},
    "lambda/instance_alarms": {"boto3", "botocore"},
    "lambda/health_mutes": {"alarms", "boto3", "botocore"},
    "src/alarms": set(),
    "src/instrument": set(),
    "src/alarmctl": {
        *{"alarms", "notify_slack", "instance_alarms"},
        *{"boto3", "botocore", "requests", "yaml", "psycopg", "shtab"},
        *{"ministack", "hypercorn"},
        "numpy",  # optional: alarmctl.backtest.fast alone
    },
}


def imported(text):
    """The top-level names that a module imports; relative imports are its own room."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module).split(".")[0]


@pytest.mark.parametrize("room", ALLOWED)
def test_imports_go_one_way(room, committed):
    own = room.rsplit("/", 1)[1]
    modules = {
        name: text for name, text in committed.items() if name.startswith(f"{room}/") and name.endswith(".py")
    }
    assert modules
    wrong = {
        name: beyond
        for name, text in modules.items()
        if (beyond := set(imported(text)) - STANDARD - ALLOWED[room] - {own})
    }
    assert wrong == {}


def test_the_rule_sees_every_kind_of_import():
    text = "import a.b as c\nfrom d.e import f\nfrom . import g\nif True:\n    def h():\n        import i\n"
    assert set(imported(text)) == {"a", "d", "i"}


def test_every_room_has_its_rule(root):
    rooms = {f"{place}/{path.name}" for place in ("lambda", "src") for path in (root / place).iterdir()}
    assert {room for room in rooms if (root / room / "__init__.py").exists()} == set(ALLOWED)
    assert {room.rsplit("/", 1)[1] for room in ALLOWED} == OURS
