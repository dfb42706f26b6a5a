"""The tables in the modules' READMEs say what the modules' files say."""

from __future__ import annotations

import runpy

import pytest


@pytest.fixture(scope="module")
def tool(root):
    return runpy.run_path(str(root / "tools/module_tables.py"))


def test_every_readme_has_its_tables_as_the_module_is_now(tool, root):
    modules = [path.parent for path in sorted((root / "terraform/modules").glob("*/README.md"))]
    stale = [
        module.name
        for module in modules
        if module.name not in tool["WITHOUT"]
        and tool["readme"](module) != (module / "README.md").read_text(encoding="utf-8")
    ]
    assert stale == [], "Run `make docs`."
    assert len(modules) > 10


def test_a_table_has_name_type_default_and_description(tool, tmp_path):
    (tmp_path / "variables.tf").write_text(
        'variable "name" {\n  description = "Prefix, such as \\"acme\\"."\n  type        = string\n}\n'
        'variable "alarms" {\n  description = "By key."\n  type = map(object({\n    a = string\n  }))\n'
        "  nullable = false\n  default  = {}\n}\n"
    )
    (tmp_path / "outputs.tf").write_text('output "arn" {\n  description = "Its ARN."\n  value = 1\n}\n')
    (tmp_path / "README.md").write_text(
        "# it\n\n## Inputs\n\nold\n\n## Outputs\n\n| old |\n\n## Then\n\nmore\n"
    )
    assert tool["readme"](tmp_path).splitlines()[4:] == [
        "| name | type | default | description |",
        "|---|---|---|---|",
        '| `name` | string | required | Prefix, such as "acme". |',
        "| `alarms` | map(object) | `{}` | By key. |",
        "",
        "## Outputs",
        "",
        "| name | description |",
        "|---|---|",
        "| `arn` | Its ARN. |",
        "",
        "## Then",
        "",
        "more",
    ]
