"""The PostgreSQL server of tests and demos: the wheel's works too, in a folder that is closed to others."""

import os

import psycopg
import pytest

from alarmctl.local import postgres

pytestmark = pytest.mark.skipif(
    postgres.find_wheel() is None, reason="the wheel with PostgreSQL is not made for this platform"
)


@pytest.fixture
def wheel():
    found = postgres.find_wheel()
    assert found
    return found


def test_the_servers_programs_are_found(wheel):
    found = postgres.find()
    assert found
    assert (found / "postgres").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives the server to another user")
def test_a_closed_folder_is_no_hindrance(tmp_path, wheel):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = wheel.parents[1]
    for part in (package, package.with_name(f"{package.name}.libs")):
        (closed / part.name).symlink_to(part)
    with postgres.server(closed / wheel.relative_to(package.parent)) as server:
        assert server.binaries.is_relative_to(server.folder)
        with psycopg.connect(**server.connection()) as connection:
            assert connection.execute("SELECT 41 + 1").fetchone() == (42,)


def test_what_is_no_server_says_so(tmp_path):
    with (
        pytest.raises(postgres.NoPostgresError, match="initdb is missing"),
        postgres.server(tmp_path / "a/b/bin"),
    ):
        pass
