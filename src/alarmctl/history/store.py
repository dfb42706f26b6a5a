"""A history as a folder: a manifest, and one npz file for each metric, which numpy reads too.

The format is written and read with the standard library alone, so that numpy stays optional.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import sys
import zipfile
from array import array
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from alarmctl.history.model import History, Metric, Series

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "manifest.json"
VERSION = 1
MAGIC = b"\x93NUMPY\x01\x00"
ALIGNED = 64  # bytes to which an npy header is padded


class HistoryError(ValueError):
    """A folder that is no history; the text names it and what to do."""


def file_name(metric: Metric) -> str:
    """The same for the same metric, whatever its dimensions hold."""
    told = json.dumps(_as_json(metric), sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:24] + ".npz"


def save(folder: Path, history: History) -> None:
    """Write all of it; what is in the folder for other metrics stays."""
    folder.mkdir(parents=True, exist_ok=True)
    for metric, series in history.series.items():
        write(folder, metric, series)
    write_manifest(folder, history.series, history.start, history.end, history.step)


def write(folder: Path, metric: Metric, series: Series) -> None:
    """Write one series, whole or not at all."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as content:
        content.writestr("grid.npy", _npy(array("d", [series.start, series.step])))
        content.writestr("values.npy", _npy(series.values))
        if series.counts is not None:
            content.writestr("counts.npy", _npy(series.counts))
    _replace(folder / file_name(metric), buffer.getvalue())


def write_manifest(folder: Path, metrics: Any, start: int, end: int, step: int) -> None:
    """Say which metrics the folder holds, and of which span (epoch seconds)."""
    told = {
        "version": VERSION,
        "start": start,
        "end": end,
        "step": step,
        "metrics": [_as_json(metric) | {"file": file_name(metric)} for metric in sorted(metrics, key=str)],
    }
    _replace(folder / MANIFEST, json.dumps(told, indent=1, ensure_ascii=False).encode())


def load(folder: Path) -> History:
    """Read a folder. Raises HistoryError."""
    manifest = read_manifest(folder)
    if manifest is None:
        raise HistoryError(
            f"{folder}: no history in it. Make one with: alarmctl history fetch PLAN.json --out {folder}"
        )
    try:
        found = {}
        for entry in manifest["metrics"]:
            metric = _metric(entry)
            if entry["file"] != file_name(metric):
                raise HistoryError(
                    f"{folder}/{MANIFEST}: {entry['file']} is no file of {metric}. Fetch it again."
                )
            if (folder / entry["file"]).exists():
                found[metric] = replace(read(folder / entry["file"]), rolled=metric.rolled)
        return History(found, manifest["start"], manifest["end"], manifest["step"])
    except (KeyError, TypeError, AttributeError) as error:
        raise HistoryError(f"{folder}/{MANIFEST}: of another form ({error!r}). Fetch it again.") from None


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest, or None where there is none. Raises HistoryError."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise HistoryError(f"{folder}/{MANIFEST} cannot be read: {error}. Fetch it again.") from None
    if not isinstance(manifest, dict) or manifest.get("version") != VERSION:
        raise HistoryError(f"{folder}/{MANIFEST}: not of version {VERSION}. Fetch it again.")
    return manifest


def read(path: Path) -> Series:
    """One series. Raises HistoryError."""
    try:
        with zipfile.ZipFile(path) as content:
            start, step = map(int, _doubles(content.read("grid.npy")))
            values = _doubles(content.read("values.npy"))
            counted = "counts.npy" in content.NameToInfo
            counts = _doubles(content.read("counts.npy")) if counted else None
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise HistoryError(f"{path} cannot be read: {error}. Remove it and fetch again.") from None
    if step <= 0 or not math.isfinite(step) or (counts is not None and len(counts) != len(values)):
        raise HistoryError(f"{path}: its arrays do not fit each other. Remove it and fetch again.")
    return Series(start, step, values, counts)


def _npy(values: array[float]) -> bytes:
    shape = f"({len(values)},)"
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
    padding = -(len(MAGIC) + 2 + len(header) + 1) % ALIGNED
    header += " " * padding + "\n"
    return MAGIC + len(header).to_bytes(2, "little") + header.encode() + _little(values).tobytes()


def _doubles(content: bytes) -> array[float]:
    if not content.startswith(MAGIC):
        raise ValueError("not an array of version 1")
    length = int.from_bytes(content[8:10], "little")
    if b"'<f8'" not in content[10 : 10 + length]:
        raise ValueError("not an array of doubles")
    values = array("d")
    values.frombytes(memoryview(content)[10 + length :])
    return _little(values)


def _little(values: array[float]) -> array[float]:
    if sys.byteorder == "big":
        values = array("d", values)
        values.byteswap()
    return values


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    os.replace(partial, path)  # noqa: PTH105 -- atomic, and says so


def _as_json(metric: Metric) -> dict[str, Any]:
    return {
        "namespace": metric.namespace,
        "name": metric.name,
        "dimensions": [list(pair) for pair in metric.dimensions],
        "stat": metric.stat,
        "unit": metric.unit,
        "account": metric.account,
        "rolled": metric.rolled,
    }


def _metric(entry: dict[str, Any]) -> Metric:
    dimensions = tuple((str(key), str(value)) for key, value in entry["dimensions"])
    return Metric(
        entry["namespace"],
        entry["name"],
        dimensions,
        entry["stat"],
        entry["unit"],
        entry["account"],
        entry["rolled"],
    )
