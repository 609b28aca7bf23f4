"""Inputs of a scan into what identifies them: without earlier results, with unique ids, and known again for a resume."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from detector.errors import InputError
from detector.fingerprint import Fingerprint
from detector.read.sources import Source
from detector.write import TABLES


def without_output(sources: Sequence[Source], out: Path) -> list[Source]:
    """The sources but for the results of earlier runs, in `out` or in a folder below the one that is scanned."""
    names = {f"{table}{suffix}" for table in TABLES for suffix in (".jsonl", ".parquet")}
    names |= {"manifest.json", "report.html"}

    def is_result(source: Source) -> bool:
        if source.path is None or source.path.name not in names:
            return False
        folder = source.path.resolve().parent
        return folder == out.resolve() or ("/" in source.name and (folder / "manifest.json").exists())

    others = [s for s in sources if not is_result(s)]
    if sources and not others:
        raise InputError(f"{out}: the inputs are the results of an earlier run in this folder; choose another --out")
    return others


def can_resume(sources: Sequence[Source] | None) -> bool:
    """Only files can be told to be the same as before; what came through a pipe can't."""
    return sources is not None and all(s.path is not None and s.path.is_file() for s in sources)


def file_state(source: Source) -> list[Any]:
    if source.path is None:
        return [source.name]
    stat = source.path.stat()
    return [source.name, ascii(source.path.resolve()), stat.st_size, stat.st_mtime_ns]


def unique_ids(ids: Sequence[str]) -> list[str]:
    """The ids with `~2`, `~3` … behind repeated ones, so that no two documents share one.

    >>> unique_ids(["a", "a", "b"])
    ['a', 'a~2', 'b']
    """
    taken = set(ids)
    seen: Counter[str] = Counter()
    unique = []
    for name in ids:
        seen[name] += 1
        new = name
        while seen[name] > 1 and (new == name or new in taken):
            new = f"{name}~{seen[name]}"
            seen[name] += new in taken
        taken.add(new)
        unique.append(new)
    return unique


def input_digests(rows: Sequence[Fingerprint]) -> list[dict[str, Any]]:
    """One row a source; its digest is the sum of the digests of its documents, whatever their order."""
    sums: dict[str, int] = {}
    documents: Counter[str] = Counter()
    for row in rows:
        sums[row.source] = (sums.get(row.source, 0) + int(row.record_digest, 16)) % (1 << 128)
        documents[row.source] += 1
    return [{"source": s, "digest": f"{sums[s]:032x}", "documents": documents[s]} for s in sorted(sums)]
