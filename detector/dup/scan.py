"""Turns a block of JSON lines into folded texts, named values and places of its records; needs Numba."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.dup import scan_kernels as kernels
from detector.text.fold import LOSSY_TABLE, WORD_TABLE, fold

PADDING = kernels.PADDING


def _word_starts() -> NDArray[np.uint16]:
    """uint16[65536]: 1 + the first row of the word table that begins with a code, or 0."""
    starts = np.zeros(1 << 16, dtype=np.uint16)
    first, rows = np.unique(WORD_TABLE[:, 0], return_index=True)
    starts[first] = rows + 1
    starts.setflags(write=False)
    return starts


_WORD_STARTS = _word_starts()


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the fields that are read: the text, and others of which the value is wanted."""

    text: str = "text"
    others: tuple[str, ...] = ("id",)


@dataclass(frozen=True, slots=True)
class ScannedBlock:
    """The records of a block, in order: their places in it, values and folded texts, and what could not be read."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    values: tuple[list[str | None], ...]  # one list for each of `Columns.others`
    codes: NDArray[np.uint16]
    offsets: NDArray[np.int64]
    failures: tuple[tuple[int, str], ...]  # (place of the line in the block, reason)


@dataclass(frozen=True, slots=True)
class _Record:
    codes: NDArray[np.uint16]
    values: tuple[str | None, ...]


def scan_block(data: bytearray, size: int, columns: Columns) -> ScannedBlock:
    """Scan the first `size` bytes of `data`: whole lines of JSON objects; `PADDING` newlines must follow."""
    raw = np.frombuffer(data, dtype=np.uint8)
    n_lines = int(np.count_nonzero(raw[:size] == kernels.NEWLINE)) + 1
    rows = np.empty((n_lines, 3 + 2 * len(columns.others)), dtype=np.int64)
    ends = np.empty(n_lines, dtype=np.int64)
    out = np.empty(size + 1, dtype=np.uint16)
    names = [name.encode() for name in (columns.text, *columns.others)]
    key_ends = np.cumsum([len(name) for name in names])
    keys = np.frombuffer(b"".join(names), dtype=np.uint8)
    n_lines = kernels.scan_lines(raw, size, keys, key_ends, LOSSY_TABLE, _WORD_STARTS, WORD_TABLE, out, rows, ends)
    rows, ends = rows[:n_lines], ends[:n_lines]
    codes, lengths = out[: int(ends[-1]) if n_lines else 0], np.diff(ends, prepend=0)
    unusual = np.flatnonzero(rows[:, 2] == kernels.UNUSUAL).tolist()
    slow = {line: _parse(bytes(data[rows[line, 0] : rows[line, 1]]), columns) for line in unusual}
    good = rows[:, 2] == kernels.DONE
    if slow:
        codes, lengths = _spliced(codes, ends, lengths, slow)
        good[[line for line, record in slow.items() if isinstance(record, _Record)]] = True
    return ScannedBlock(
        starts=rows[good, 0],
        ends=rows[good, 1],
        values=_values(data, rows, np.flatnonzero(good).tolist(), slow, len(columns.others)),
        codes=codes,
        offsets=np.concatenate(([0], np.cumsum(lengths[good]))).astype(np.int64),
        failures=tuple((int(rows[line, 0]), record) for line, record in slow.items() if isinstance(record, str)),
    )


def _parse(line: bytes, columns: Columns) -> _Record | str:
    """The record of an unusual line, or the reason why there is none."""
    try:
        record = json.loads(line)
    except ValueError as error:
        return f"no JSON: {error}"
    if not isinstance(record, dict):
        return "no JSON object"
    text = record.get(columns.text)
    if not isinstance(text, str):
        return f"field {columns.text!r} is {'missing' if text is None else 'no string'}"
    return _Record(fold(text), tuple(_plain(record.get(name)) for name in columns.others))


def _plain(value: object) -> str | None:
    return None if value is None else str(value)


def _spliced(
    codes: NDArray[np.uint16], ends: NDArray[np.int64], lengths: NDArray[np.int64], slow: dict[int, _Record | str]
) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """Codes and lengths with those of the unusual lines put in at their places."""
    pieces, last, lengths = [], 0, lengths.copy()
    for line, record in slow.items():
        if isinstance(record, _Record):
            pieces += [codes[last : ends[line]], record.codes]
            last, lengths[line] = int(ends[line]), len(record.codes)
    return np.concatenate([*pieces, codes[last:]]), lengths


def _values(
    data: bytearray, rows: NDArray[np.int64], lines: list[int], slow: dict[int, _Record | str], n: int
) -> tuple[list[str | None], ...]:
    columns = []
    for i in range(n):
        starts, ends = rows[lines, 3 + 2 * i].tolist(), rows[lines, 4 + 2 * i].tolist()
        columns.append(
            [_value(data[start:end].rstrip()) if start >= 0 else None for start, end in zip(starts, ends, strict=True)]
        )
    for place, line in enumerate(lines if slow else ()):
        record = slow.get(line)
        if isinstance(record, _Record):
            for column, value in zip(columns, record.values, strict=True):
                column[place] = value
    return tuple(columns)


def _value(raw: bytes | bytearray) -> str | None:
    if raw[:1] == b'"' and b"\\" not in raw:
        return raw[1 : raw.rindex(b'"')].decode("utf-8", "replace")
    if raw.removeprefix(b"-").isdigit():
        return raw.decode()
    try:
        return _plain(json.loads(raw))
    except ValueError:  # the scanner looks at brackets and quotes only
        return raw.decode("utf-8", "replace").strip()


def digest_batch(codes: NDArray[np.uint16], offsets: NDArray[np.int64]) -> NDArray[np.uint64]:
    """uint64[n, 2]: 128 bits over each folded text; for grouping equal texts, not for use against an enemy."""
    digests = np.empty((len(offsets) - 1, 2), dtype=np.uint64)
    kernels.digest_rows(codes, offsets, digests)
    return digests


def warm_up() -> None:
    """Run every kernel of this module once, so that no later call has to compile."""
    line = bytearray(b'{"id": 1, "text": "a"}\n' + b"\n" * PADDING)
    block = scan_block(line, len(line) - PADDING, Columns())
    digest_batch(block.codes, block.offsets)
