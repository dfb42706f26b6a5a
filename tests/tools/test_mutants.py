"""The table of mutants against the invariants, without running Terraform."""

import shutil
from pathlib import Path

import pytest

MODULES = Path(__file__).resolve().parents[2] / "terraform/modules"


@pytest.fixture(scope="module")
def mutants(tool):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(MODULES.parents[1])  # it imports tools.check_terraform
        return tool("mutants")


@pytest.fixture(scope="module")
def table(mutants):
    return mutants.read()


def test_every_invariant_has_a_mutant_and_every_mutant_an_invariant(mutants, table):
    named = {(module.name, name) for module in MODULES.iterdir() for name in mutants.invariants(module)}
    assert {(mutant.module, mutant.invariant) for mutant in table} == named
    assert len(named) >= 15


def test_every_mutant_can_be_made(mutants, table, tmp_path):
    for number, mutant in enumerate(table):
        copy = tmp_path / str(number)
        shutil.copytree(MODULES / mutant.module, copy, ignore=mutants.IGNORED)
        mutants.apply(mutant, copy)


def test_a_mutant_whose_text_is_gone_names_it(mutants, tmp_path):
    (tmp_path / "main.tf").write_text("a = 1\n")
    stale = mutants.Mutant("no-loop", "alerting", (("main.tf", "b = 2", "b = 3"),))
    with pytest.raises(ValueError, match=r"no-loop: alerting/main.tf has 0 times 'b = 2'"):
        mutants.apply(stale, tmp_path)


@pytest.mark.parametrize(
    ("output", "killed"),
    [
        ("Error: Test assertion failed\n\nno-loop: these must not begin with it.\n", True),
        ('  run "no-loop"... fail\n', True),
        ("Error: Unknown condition value\n", False),
        ("  in no-loop: \n", False),
        ('  run "invariants"... pass\n', False),
    ],
)
def test_only_its_own_invariant_kills_a_mutant(mutants, output, killed):
    assert mutants.was_killed(mutants.Mutant("no-loop", "alerting", ()), output) is killed


@pytest.mark.terraform
def test_a_mutant_is_killed_and_a_harmless_change_lives(mutants, capsys):
    harmless = mutants.Mutant(
        "second-path", "event_rules", (("main.tf", 'target_id = "topic"', 'target_id = "t"'),)
    )
    deadly = next(mutant for mutant in mutants.read() if mutant.invariant == "second-path")
    assert mutants.run([deadly, harmless], MODULES) == 1
    assert capsys.readouterr().out.splitlines() == [
        "killed event_rules: second-path",
        "LIVES  event_rules: second-path it lives",
    ]


def test_modules_that_a_module_calls_are_copied_with_it(mutants, tmp_path):
    (tmp_path / "main.tf").write_text(
        'module "a" {\n  source = "../one"\n}\nmodule "b" {\n  source   = "../two"\n}\n'
    )
    (tmp_path / "README.md").write_text('  source = "../three"\n')
    assert mutants.called(tmp_path) == {"one", "two"}
