"""The configuration: what it means, and what is refused by name."""

from pathlib import Path

import pytest

from alarmctl.publish import presets
from alarmctl.publish.config import DEFAULT_SETS, READERS, STATES, Password, Sql, Tcp, parse
from alarmctl.publish.errors import ConfigError

MANUAL = Path(__file__).resolve().parents[3] / "docs/custom-metrics.md"
DATABASE = 'host = "db"\ndatabase = "shop"\nuser = "metrics"\n'
HOST = '[[source]]\npreset = "host"\n'


def source(text):
    (found,) = parse(f"[[source]]\n{text}").sources
    return found


def test_the_first_file_of_the_manual_can_be_read():
    config = parse(MANUAL.read_text().partition("```toml\n")[2].partition("```")[0])
    host, web, sessions = config.sources
    assert config.dimensions == {"Environment": "production"}
    assert config.health_dimension_sets == (("Environment", "Source"), ("InstanceId", "Source"))
    assert (host.namespace, host.dimension_sets) == ("CWAgent", (("InstanceId",), ("AutoScalingGroupName",)))
    assert isinstance(web.options, Tcp)
    assert (web.namespace, web.options.ports) == ("EC2:WEB-Services", (80, 443))
    assert web.options.metrics == tuple(
        f"http-cons-{state}" for state in ("established", "timewait", "finwait1", "finwait2")
    )
    assert isinstance(sessions.options, Sql)
    assert (sessions.namespace, sessions.options.metrics) == ("PythonWebMetric", ("ActiveSessions",))
    assert (sessions.interval_seconds, sessions.dimension_sets) == (300, (("Machine",),))
    assert sessions.options.query == (
        "SELECT COUNT(*) AS sessions FROM sessions WHERE last_activity > NOW() - INTERVAL '30 minutes'"
    )
    assert sessions.options.password == Password("ssm", "/acme/metrics/db-password")


def test_each_preset_is_complete_but_for_what_is_the_users():
    for name, preset in presets.PRESETS.items():
        text = DATABASE if preset["type"] == "sql" else ""
        assert source(f'preset = "{name}"\n{text}').name == name


def test_what_is_written_beside_a_preset_wins():
    found = source('preset = "database-connections"\nports = [5432]\nstates = ["closewait"]')
    assert isinstance(found.options, Tcp)
    assert found.options.ports == (5432,)
    assert found.options.metrics == ("db-cons-closewait",)
    assert found.namespace == "EC2:Database-Services"


def test_all_eleven_states_are_counted_unless_some_are_named():
    options = source('type = "tcp"\nports = [80]').options
    assert isinstance(options, Tcp)
    assert options.states == STATES
    assert len(STATES) == 11


def test_every_type_has_a_reader_and_a_section():
    assert set(DEFAULT_SETS) < set(READERS)
    for kind in READERS:
        assert f'#### `type = "{kind}"' in MANUAL.read_text()


def test_the_manual_names_every_key_there_is():
    """Each key that the readers know stands in the manual between backquotes."""
    known = set()
    for kind in READERS:
        for table in ("publisher", "source"):
            text = f"[publisher]\nnonsense = 1\n{HOST}" if table == "publisher" else ""
            text = text or f'[[source]]\ntype = "{kind}"\nnonsense = 1\n{NEEDED[kind]}'
            with pytest.raises(ConfigError, match="unknown key nonsense") as error:
                parse(text)
            known |= set(str(error.value).partition("Choose from ")[2].rstrip(".").split(", "))
    assert {key for key in known if f"`{key}`" not in MANUAL.read_text()} == set()


NEEDED = {
    "sql": DATABASE + 'query = "SELECT 1 AS n"\nvalues = { n = "N" }',
    "tcp": "ports = [80]",
    "host": "",
    "command": 'command = ["true"]',
    "log": 'path = "x"\ncounts = { A = "b" }',
}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "No source"),
        ("[source]\ntype = 'host'", "two brackets"),
        ("= 1", "no TOML"),
        (f"[sauce]\n{HOST}", "Unknown table sauce. Choose from publisher, dimensions, source"),
        (f"[publisher]\nspol = ''\n{HOST}", "publisher: unknown key spol. Choose from flush_seconds"),
        (f"[publisher]\nspool_mb = 0\n{HOST}", "publisher.spool_mb: 0 is not a whole number from 1"),
        (f"[publisher]\nnamespace = 'AWS/EC2'\n{HOST}", "publisher.namespace: 'AWS/EC2' is AWS's own"),
        (f"[publisher]\nnamespace = ''\n{HOST}", "publisher.namespace: '' is no namespace"),
        (f"[dimensions]\nTeam = 5\n{HOST}", "dimensions.Team: 5 is not a text"),
        (f"[dimensions]\nSource = 'x'\n{HOST}", "dimensions.Source"),
        (HOST + HOST, "Two sources are called host"),
        ("[[source]]\npreset = 'hots'", "unknown preset 'hots'. Choose from active-sessions"),
        ("[[source]]\ntype = 'udp'", "type: 'udp' is not one of command, host, log, sql, tcp"),
        ("[[source]]\nname = 'a'", "source a: type is missing"),
        ("[[source]]\ntype = 'tcp'\nports = [70000]", "ports: [70000] is not"),
        ("[[source]]\ntype = 'tcp'\nports = []", "ports: [] is not"),
        ("[[source]]\ntype = 'tcp'\nports = [1]\nstates = ['open']", "states: ['open'] is not a list of est"),
        (HOST + "deadline_seconds = 61", "deadline_seconds: 61 is not a number from 0.1 to 60"),
        (HOST + "dimension_sets = [['A', 'A']]", "has a name twice"),
        (HOST + "dimension_sets = [['é']]", "no dimension of the name 'é'"),
        (HOST + "mounts = ['data']", "mounts: 'data' does not begin with a slash"),
        (HOST + "metrics = ['cpu']", "metrics: ['cpu'] is not a list of mem_used_percent"),
        ("[[source]]\ntype = 'log'\npath = 'x'\ncounts = { A = '(' }", "counts.A: no regular expression"),
        (f"[[source]]\npreset = 'active-sessions'\n{DATABASE}password = 'geheim'", "password: "),
        (f"[[source]]\npreset = 'active-sessions'\n{DATABASE}password = {{ }}\nport = 0", "port: 0"),
        (f"[[source]]\npreset = 'active-sessions'\n{DATABASE}password = {{ text = 'x' }}", "name one of ssm"),
        (f"[[source]]\npreset = 'active-sessions'\n{DATABASE}query = 'DELETE FROM a'", "write one SELECT"),
        (f"[[source]]\npreset = 'active-sessions'\n{DATABASE}values = {{ a = 1 }}", "values.a: a table"),
    ],
)
def test_what_is_wrong_is_named(text, said):
    with pytest.raises(ConfigError) as error:
        parse(text)
    assert said in str(error.value)


def test_a_password_that_is_written_down_is_not_repeated():
    with pytest.raises(ConfigError) as error:
        parse(f"[[source]]\npreset = 'active-sessions'\n{DATABASE}password = 'geheim'")
    assert "geheim" not in str(error.value)
