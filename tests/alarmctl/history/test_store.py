"""A history comes back as it was stored, and numpy reads the files, too."""

from __future__ import annotations

import json
import math
from array import array

import numpy as np
import pytest

from alarmctl.history import store
from alarmctl.history.model import NAN, History, Metric, Series, series
from alarms.model import Datapoint, from_epoch

METRIC = Metric("Acme", "Load", (("Service", "a/b ü"),), "p99", "Percent", "123456789012", 300)
SERIES = Series(600, 60, array("d", [1.5, NAN, -0.0, 1e300]), array("d", [1.0, NAN, 2.0, 3.0]), 300)


@pytest.fixture
def folder(tmp_path):
    store.save(tmp_path, History({METRIC: SERIES}, 600, 840))
    return tmp_path


def test_it_comes_back_bit_for_bit(folder):
    found = store.load(folder)
    assert (found.start, found.end, found.step) == (600, 840, 60)
    (metric,) = found.series
    assert metric == METRIC
    back = found.series[metric]
    assert (back.start, back.step, back.rolled) == (600, 60, 300)
    assert back.values.tobytes() == SERIES.values.tobytes()
    assert back.counts is not None
    assert back.counts.tobytes() == (SERIES.counts or array("d")).tobytes()


def test_numpy_reads_the_file(folder):
    with np.load(folder / store.file_name(METRIC)) as content:
        assert content["grid"].tolist() == [600, 60]
        assert content["values"].tobytes() == SERIES.values.tobytes()


def test_a_folder_without_a_history_says_how_to_make_one(tmp_path):
    with pytest.raises(store.HistoryError, match=r"no history in it\. Make one with: alarmctl history fetch"):
        store.load(tmp_path)


@pytest.mark.parametrize("content", [b"nonsense", b"PK\x05\x06" + bytes(18), b""])
def test_a_broken_file_is_named(folder, content):
    (folder / store.file_name(METRIC)).write_bytes(content)
    with pytest.raises(store.HistoryError, match="cannot be read"):
        store.load(folder)


@pytest.mark.parametrize(
    "content", ["[]", "{", '{"version": 1}', '{"version": 2}', '{"version":1,"metrics":3}']
)
def test_a_broken_manifest_is_named(folder, content):
    (folder / store.MANIFEST).write_text(content)
    with pytest.raises(store.HistoryError, match=r"manifest.json.*Fetch it again"):
        store.load(folder)


def test_a_metric_that_is_not_fetched_yet_is_left_out(folder):
    (folder / store.file_name(METRIC)).unlink()
    assert store.load(folder).series == {}


def test_a_name_cannot_leave_the_folder():
    assert store.file_name(Metric("../x", "/etc", (("a", "../b"),), "Sum")).isascii()
    assert "/" not in store.file_name(Metric("../x", "/etc", (("a", "../b"),), "Sum"))


def test_a_manifest_that_names_files_elsewhere_is_refused(folder):
    manifest = json.loads((folder / store.MANIFEST).read_text())
    manifest["metrics"][0]["file"] = "../other.npz"
    (folder / store.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(store.HistoryError, match=r"\.\./other\.npz"):
        store.load(folder)


def test_datapoints_of_a_stretch():
    assert [point.value for point in SERIES.datapoints()] == [1.5, -0.0, 1e300]
    assert [point.value for point in SERIES.datapoints(601, 780)] == [-0.0]
    assert [point.sample_count for point in SERIES.datapoints()] == [1, 2, 3]


def test_datapoints_beside_the_grid_are_refused():
    points = [Datapoint(from_epoch(600), 1.0), Datapoint(from_epoch(690), 2.0)]
    with pytest.raises(ValueError, match="1970-01-01 00:11:30 is beside the grid of 60 s"):
        series(points, 60)
    found = series(points[:1], 60, 540, 720)
    assert [value for value in found.values if not math.isnan(value)] == [1.0]
