import hashlib
import io
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCK = """\
certifi==1.0 \\
    --hash=sha256:{certifi}
    # via requests
colorama==2 ; sys_platform == 'win32' \\
    --hash=sha256:{other}
    # via pytest
requests==2.0 \\
    --hash=sha256:{requests} \\
    --hash=sha256:{other}
    # via
    #   moto
    #   responses
"""
OTHER = "0" * 64


@pytest.fixture(scope="module")
def package(tool):
    return tool("package")


def a_wheel(folder, stem, files):
    path = folder / f"{stem}-py3-none-any.whl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def project(tmp_path):
    """A small project: one package of ours, two cached wheels, and their lock file."""
    requests = a_wheel(
        tmp_path / ".tools/wheels",
        "requests-2.0",
        {
            "requests/__init__.py": "import certifi\n",
            "requests/tests/test_it.py": "",
            "requests/__pycache__/__init__.cpython-313.pyc": "",
            "requests-2.0.dist-info/METADATA": "Name: requests\n",
            "requests-2.0.dist-info/RECORD": "",
            "requests-2.0.dist-info/licenses/LICENSE": "Apache\n",
            "requests-2.0.data/scripts/it": "",
        },
    )
    certifi = a_wheel(
        tmp_path / ".tools/wheels", "certifi-1.0", {"certifi/__init__.py": "", "certifi/a.pem": "A"}
    )
    (tmp_path / "requirements.lock").write_text(LOCK.format(requests=requests, certifi=certifi, other=OTHER))
    ours = tmp_path / "lambda/notify_slack"
    (ours / "events").mkdir(parents=True)
    (ours / "__init__.py").write_text('"""Ours."""\n')
    (ours / "events/__init__.py").write_text("import requests\n")
    (ours / "__pycache__").mkdir()
    (ours / "__pycache__/junk.pyc").write_text("junk")
    (ours / ".DS_Store").write_text("junk")
    return tmp_path


def names(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.namelist()


class TestLock:
    def test_reads_names_versions_hashes_and_who_wants_them(self, package):
        pins = package.read_lock(LOCK.format(certifi="a" * 64, requests="b" * 64, other=OTHER))
        assert pins["requests"].version == "2.0"
        assert pins["requests"].hashes == {"b" * 64, OTHER}
        assert pins["requests"].wanted_by == {"moto", "responses"}
        assert pins["colorama"].version == "2"

    def test_the_closure_is_what_the_named_ones_need(self, package):
        pins = package.read_lock(LOCK.format(certifi="a" * 64, requests="b" * 64, other=OTHER))
        assert [pin.name for pin in package.closure(pins, ["requests"])] == ["certifi", "requests"]

    def test_a_distribution_that_is_not_locked_is_named(self, package):
        with pytest.raises(package.PackageError, match=r"httpx is not in requirements\.lock.*make lock"):
            package.closure({}, ["httpx"])

    def test_our_lock_file_gives_the_closure_of_requests(self, package):
        pins = package.read_lock((ROOT / "requirements.lock").read_text())
        found = [pin.name for pin in package.closure(pins, ["requests"])]
        assert found == ["certifi", "charset-normalizer", "idna", "requests", "urllib3"]


class TestWheel:
    def test_a_cached_wheel_with_another_hash_is_not_used(self, package, project, monkeypatch):
        pins = package.read_lock((project / "requirements.lock").read_text())
        a_wheel(project / ".tools/wheels", "certifi-1.0", {"certifi/__init__.py": "evil()"})
        monkeypatch.setattr(package, "_download", lambda *_: None)
        with pytest.raises(package.PackageError, match=r"certifi 1\.0 cannot go into a Lambda zip"):
            package.wheel(pins["certifi"], project / ".tools/wheels")

    def test_a_failed_download_names_the_distribution(self, package, tmp_path, monkeypatch):
        for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_CONFIG_FILE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
        pin = package.Pin("nothing-of-this-name", "1.0", frozenset({OTHER}), frozenset())
        with pytest.raises(
            package.PackageError, match=r"nothing-of-this-name 1\.0 cannot.*No matching distribution"
        ):
            package.wheel(pin, tmp_path)


class TestZip:
    def test_holds_our_package_the_wheels_and_their_licences(self, package, project):
        content = package.build(package.FUNCTIONS["notify_slack"], project)
        assert names(content) == [
            "certifi/__init__.py",
            "certifi/a.pem",
            "notify_slack/__init__.py",
            "notify_slack/events/__init__.py",
            "requests-2.0.dist-info/METADATA",
            "requests-2.0.dist-info/licenses/LICENSE",
            "requests/__init__.py",
        ]

    def test_depends_on_names_and_contents_alone(self, package):
        files = {"b/x.py": b"1", "a.py": b"2"}
        assert package.archive(files) == package.archive(dict(reversed(files.items())))
        with zipfile.ZipFile(io.BytesIO(package.archive(files))) as archive:
            entries = archive.infolist()
        assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.external_attr >> 16 for entry in entries} == {0o100644}
        assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}

    def test_two_packages_with_one_file_are_refused(self, package, project):
        stray = project / "lambda/certifi"
        stray.mkdir()
        (stray / "__init__.py").touch()
        function = package.Function(("lambda/notify_slack", "lambda/certifi"), ("requests",))
        with pytest.raises(package.PackageError, match=r"same file: certifi/__init__\.py"):
            package.build(function, project)

    def test_a_missing_package_is_named(self, package, project):
        with pytest.raises(package.PackageError, match=r"lambda/none is not a Python package"):
            package.build(package.Function(("lambda/none",), ()), project)

    def test_an_unchanged_zip_is_left_alone(self, package, tmp_path):
        package.write(b"one", tmp_path / "it.zip")
        before = (tmp_path / "it.zip").stat().st_mtime_ns
        package.write(b"one", tmp_path / "it.zip")
        assert (tmp_path / "it.zip").stat().st_mtime_ns == before
        package.write(b"two", tmp_path / "it.zip")
        assert (tmp_path / "it.zip").read_bytes() == b"two"


@pytest.fixture(scope="module")
def built(package, tmp_path_factory):
    """The zip of notify_slack. Its wheels come from the cache, or by pip in a process of its own."""
    folder = tmp_path_factory.mktemp("dist")
    assert package.main(["notify_slack", "--output", str(folder)]) == 0
    return folder / "notify_slack.zip"


class TestRealZip:
    def test_runs_with_nothing_but_itself(self, built):
        code = (
            "import sys; sys.path[:0] = [sys.argv[1]]\n"
            "from notify_slack import handler\n"
            "import requests\n"
            "assert callable(handler.handler)\n"
            "assert requests.__file__.startswith(sys.argv[1]), requests.__file__\n"
            "print(sorted({'boto3', 'botocore'} & set(sys.modules)))"
        )
        run = subprocess.run(
            [sys.executable, "-I", "-S", "-c", code, str(built)], capture_output=True, text=True, check=False
        )
        assert (run.stdout, run.stderr) == ("[]\n", "")

    def test_every_python_here_makes_the_same_bytes(self, built, tmp_path):
        newer = [shutil.which(f"python3.{minor}") for minor in (11, 12, 13, 14)]
        pythons = [sys.executable, *(path for path in newer if path and _answers(path))]
        for number, python in enumerate(pythons):
            folder = tmp_path / str(number)
            again = [python, str(ROOT / "tools/package.py"), "notify_slack", "--output", str(folder)]
            subprocess.run(again, check=True, capture_output=True)
            assert (folder / "notify_slack.zip").read_bytes() == built.read_bytes(), python


def _answers(python):
    """Whether it is a Python: a version manager's shim may stand for one that is not installed."""
    return subprocess.run([python, "-V"], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def zipped(package):
    return package.build(package.FUNCTIONS["publish_sql"])


class TestCompiled:
    """The function with a PostgreSQL client that is compiled for Lambda."""

    def test_holds_the_publisher_and_the_client_for_lambdas_platform(self, zipped):
        held = names(zipped)
        assert {"alarmctl/__init__.py", "alarmctl/publish/handler.py", "psycopg/__init__.py"} <= set(held)
        assert [name for name in held if name.startswith("alarmctl/") and "/publish/" not in name] == [
            "alarmctl/__init__.py"
        ]
        compiled = [name for name in held if name.startswith("psycopg_binary/") and ".so" in name]
        assert compiled
        assert all("cpython-313-aarch64-linux-gnu" in name for name in compiled)
        assert any("libpq" in name for name in held)
        assert len(zipped) < 50 * 1024 * 1024  # what Lambda takes directly

    def test_its_handler_is_the_one_that_terraform_names(self, zipped, tmp_path):
        text = (ROOT / "terraform/modules/custom_metrics/sql.tf").read_text()
        assert 'handler       = "alarmctl.publish.handler.handler"' in text
        assert 'runtime       = "python3.13"' in text
        assert 'architectures = ["arm64"]' in text
        zipfile.ZipFile(io.BytesIO(zipped)).extractall(tmp_path)
        code = (
            "import sys; sys.path.insert(0, sys.argv[1])\n"
            "from alarmctl.publish import handler, program, sources\n"
            "assert handler.__file__.startswith(sys.argv[1]), handler.__file__\n"
            "import alarmctl\n"
            "assert list(alarmctl.__path__) == [sys.argv[1] + '/alarmctl']\n"
            "handler.handler({}, None)\n"
        )
        run = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], env={}, capture_output=True, text=True, check=False
        )
        assert "Set CONFIG_PARAMETER" in run.stderr.splitlines()[-1]

    def test_without_its_wheel_it_is_left_out_and_by_name_refused(
        self, package, monkeypatch, tmp_path, capsys
    ):
        monkeypatch.setattr(package, "FUNCTIONS", {"publish_sql": package.FUNCTIONS["publish_sql"]})
        monkeypatch.setattr(package, "build", _no_wheel(package))
        assert package.main(["--output", str(tmp_path)]) == 0
        assert "publish_sql.zip is left out. no wheel" in capsys.readouterr().err
        assert package.main(["publish_sql", "--output", str(tmp_path)]) == 1


def _no_wheel(package):
    def build(*_):
        raise package.PackageError("no wheel")

    return build


class TestCommandLine:
    def test_an_unknown_function_is_wrong_usage(self, package, capsys):
        with pytest.raises(SystemExit, match="2"):
            package.main(["notify_slcak"])
        assert "unknown function: notify_slcak. Choose from notify_slack" in capsys.readouterr().err

    def test_check_finds_bytes_that_differ(self, package):
        with pytest.raises(package.PackageError, match=r"notify_slack\.zip is not reproducible"):
            package.check("notify_slack", b"something else", sys.executable)
