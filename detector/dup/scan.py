"""Turns a block of JSON lines into folded texts, ids and places of its records; needs Numba."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray

from detector.dup import scan_kernels as kernels
from detector.text.fold import LOSSY_TABLE, fold


@dataclass(frozen=True, slots=True)
class Fields:
    """Names of the columns that are read."""

    text: str = "text"
    id: str = "id"


@dataclass(frozen=True, slots=True)
class ScannedBlock:
    """The records of a block, in order: their places in it, ids and folded texts, and what could not be read."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    ids: tuple[str | None, ...]
    codes: NDArray[np.uint16]
    offsets: NDArray[np.int64]
    lines: NDArray[np.int64]  # number of the line in the block, from 0
    failures: tuple[tuple[int, str], ...]  # (line, reason)
    n_lines: int


def scan_block(data: bytes | bytearray, size: int, fields: Fields) -> ScannedBlock:
    """Scan the first `size` bytes of `data`: whole lines of JSON objects; at least `PADDING` newlines must follow."""
    raw = np.frombuffer(data, dtype=np.uint8)
    n_lines = int(np.count_nonzero(raw[:size] == kernels.NEWLINE)) + 1
    rows, ends = np.empty((n_lines, 5), dtype=np.int64), np.empty(n_lines, dtype=np.int64)
    out = np.empty(size + 1, dtype=np.uint16)
    keys = [np.frombuffer(name.encode(), dtype=np.uint8) for name in (fields.text, fields.id)]
    n_lines = kernels.scan_lines(raw, size, keys[0], keys[1], LOSSY_TABLE, out, rows, ends)
    rows, ends = rows[:n_lines], ends[:n_lines]
    unusual = np.flatnonzero(rows[:, 4] == kernels.UNUSUAL).tolist()
    codes = out[: int(ends[-1]) if n_lines else 0]
    lengths = np.diff(ends, prepend=0)
    slow = {line: _parse(bytes(data[rows[line, 0] : rows[line, 1]]), fields) for line in unusual}
    good = rows[:, 4] == kernels.DONE
    if slow:
        codes, lengths = _spliced(codes, ends, lengths, slow)
        good[[line for line, record in slow.items() if not isinstance(record, str)]] = True
    lines = np.flatnonzero(good)
    return ScannedBlock(
        starts=rows[good, 0],
        ends=rows[good, 1],
        ids=tuple(_id_of(data, rows, slow, line) for line in lines.tolist()),
        codes=codes.copy(),
        offsets=np.concatenate(([0], np.cumsum(lengths[good]))).astype(np.int64),
        lines=lines,
        failures=tuple((line, record) for line, record in slow.items() if isinstance(record, str)),
        n_lines=n_lines,
    )


@dataclass(frozen=True, slots=True)
class _Record:
    codes: NDArray[np.uint16]
    id: str | None


def _parse(line: bytes, fields: Fields) -> _Record | str:
    """The record of an unusual line, or the reason why there is none."""
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return f"no JSON: {error}"
    if not isinstance(record, dict):
        return "no JSON object"
    text = record.get(fields.text)
    if not isinstance(text, str):
        return f"field {fields.text!r} is {'missing' if text is None else 'no string'}"
    name = record.get(fields.id)
    return _Record(fold(text), None if name is None else str(name))


def _spliced(
    codes: NDArray[np.uint16], ends: NDArray[np.int64], lengths: NDArray[np.int64], slow: dict[int, _Record | str]
) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """Codes and lengths with those of the unusual lines put in at their places."""
    pieces, last, lengths = [], 0, lengths.copy()
    for line, record in slow.items():
        if not isinstance(record, str):
            pieces += [codes[last : ends[line]], record.codes]
            last, lengths[line] = int(ends[line]), len(record.codes)
    return np.concatenate([*pieces, codes[last:]]), lengths


def _id_of(data: bytes | bytearray, rows: NDArray[np.int64], slow: dict[int, _Record | str], line: int) -> str | None:
    record = slow.get(line)
    if isinstance(record, _Record):
        return record.id
    start, end = int(rows[line, 2]), int(rows[line, 3])
    if start < 0:
        return None
    value = bytes(data[start:end]).rstrip()
    if value[:1] == b'"' and b"\\" not in value:
        return value[1:-1].decode("utf-8", "replace")
    parsed = orjson.loads(value)
    return None if parsed is None else str(parsed)
