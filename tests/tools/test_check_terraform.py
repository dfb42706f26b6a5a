import pytest


@pytest.fixture(scope="module")
def checker(tool):
    return tool("check_terraform")


@pytest.fixture
def tree(tmp_path):
    """A small terraform/ folder: one module with a test, one environment."""
    files = {
        "modules/good/versions.tf": "",
        "modules/good/main.tf": 'variable "name" {\n  type = string\n}\n',
        "modules/good/tests/good.tftest.hcl": (
            'variables {\n  name = "a"\n}\n\nrun "named" {\n  command = plan\n  assert {\n'
            '    condition     = var.name == "a"\n    error_message = "It has another name."\n  }\n}\n'
        ),
        "environments/local/main.tf": 'module "good" {\n  source = "../../modules/good"\n  name   = "a"\n}\n',
    }
    for name, text in files.items():
        path = tmp_path / "terraform" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "terraform"


def test_finds_every_module_and_every_root_folder(checker, tree):
    names = [check.name for check in checker.plan_checks(tree)]
    assert names == ["fmt", "test modules/good", "validate environments/local"]


def test_a_module_without_a_test_fails(checker, tree, capsys):
    using = checker.Runner(tree, (), {}, tree / "none")
    (tree / "modules/good/tests/good.tftest.hcl").unlink()
    outcome = using.run(checker.plan_checks(tree)[1])
    checker.report(outcome)
    assert not outcome.passed
    assert "FAIL test modules/good (0.0 s)\nno tests/*.tftest.hcl" in capsys.readouterr().out


@pytest.mark.terraform
class TestForReal:
    def test_good_code_passes_and_leaves_nothing_behind(self, checker, tree, capsys):
        before = sorted(tree.rglob("*"))
        assert all(outcome.passed for outcome in checker.check_all(tree))
        out = capsys.readouterr().out
        assert "ok   test modules/good" in out
        assert "1 passed, 0 failed" in out
        assert sorted(tree.rglob("*")) == before

    def test_each_kind_of_failure_is_shown_in_terraform_s_words(self, checker, tree, capsys):
        (tree / "modules/good/main.tf").write_text('variable "name" {\ntype = string\n}\n')
        test = tree / "modules/good/tests/good.tftest.hcl"
        test.write_text(test.read_text().replace('== "a"', '== "b"'))
        (tree / "environments/local/main.tf").write_text(
            'module "good" {\n  source = "../../modules/good"\n}\n'
        )
        assert not any(outcome.passed for outcome in checker.check_all(tree))
        out = capsys.readouterr().out
        assert "-type = string" in out
        assert "It has another name." in out
        assert 'The argument "name" is required' in out

    def test_only_what_is_asked_for(self, checker, tree):
        assert [outcome.check.name for outcome in checker.check_all(tree, ["fmt"])] == ["fmt"]


def test_no_usable_terraform_is_one_sentence(checker, tree, monkeypatch, capsys):
    monkeypatch.setattr(checker, "ROOT", tree.parent)
    monkeypatch.setenv("PATH", str(tree))
    monkeypatch.setattr(checker.terraform, "project_root", lambda: tree)
    assert checker.main([]) == 1
    assert capsys.readouterr().err.startswith("Terraform 1.11 or newer is needed")
