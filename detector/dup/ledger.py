"""Turns the groups that a run found into its output files, every one sorted by id and written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import IO, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from detector.dup.inputs import copy_ranges
from detector.dup.keep import Groups, Removals
from detector.dup.names import Names
from detector.dup.pairs import PairTable
from detector.dup.relate import cluster_id
from detector.dup.search import FoundPairs
from detector.dup.store import PartTable
from detector.types import RelationName

_MERGED_BYTES = 1 << 20  # neighbouring lines are copied at once up to this size


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that a run found, by row number."""

    table: PartTable
    ids: Names
    id_order: NDArray[np.int64]  # rows sorted by id
    groups: Groups
    chained: NDArray[np.int64]
    found: FoundPairs
    gone: Removals
    rule: str  # the keep rule

    def near_representatives(self) -> NDArray[np.int64]:
        """Rows that represent a near cluster: other texts belong to them."""
        star, exact = self.groups.star, self.groups.exact
        return np.unique(star[star != exact])


def write_results(out: Path, ledger: Ledger, manifest: dict[str, Any]) -> None:
    """Write kept.jsonl, clusters.jsonl, pairs.jsonl, removed.jsonl, failures.jsonl and manifest.json."""
    with _whole(out / "kept.jsonl") as file:
        copy_ranges(_kept_ranges(ledger), file)
    _write_rows(out / "clusters.jsonl", _clusters(ledger))
    _write_rows(out / "pairs.jsonl", _pairs(ledger))
    _write_rows(out / "removed.jsonl", _removed(ledger))
    _write_rows(out / "failures.jsonl", _failures(ledger))
    with _whole(out / "manifest.json") as file:
        file.write(orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        yield file
    os.replace(partial, path)


def _write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with _whole(path) as file:
        file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def _kept_ranges(ledger: Ledger) -> list[tuple[Path, int, int]]:
    """Byte ranges of the kept lines by id, neighbours in one."""
    keep = np.ones(len(ledger.ids), dtype=np.bool_)
    keep[ledger.gone.row] = False
    rows = ledger.id_order[keep[ledger.id_order]]
    if not len(rows):
        return []
    part = np.searchsorted(ledger.table.row_ends, rows, side="right") - 1
    starts, ends = ledger.table.column("start")[rows], ledger.table.column("end")[rows]
    sources = [item.source for item in ledger.table.parts]
    names = {path: i for i, path in enumerate(dict.fromkeys(sources))}
    source = np.array([names[path] for path in sources])[part]
    block = np.cumsum(ends - starts) // _MERGED_BYTES
    new = np.ones(len(rows), dtype=np.bool_)
    new[1:] = (source[1:] != source[:-1]) | (starts[1:] != ends[:-1] + 1) | (block[1:] != block[:-1])
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(rows)) - 1
    paths = list(names)
    return [
        (paths[s], start, end)
        for s, start, end in zip(source[first].tolist(), starts[first].tolist(), ends[last].tolist(), strict=True)
    ]


def _clusters(ledger: Ledger) -> list[dict[str, Any]]:
    by_id, groups = ledger.id_order, ledger.groups
    near = np.isin(groups.star[by_id], ledger.near_representatives())
    sizes = np.bincount(groups.exact, minlength=len(by_id))
    rows = _cluster_rows(ledger, "exact", groups.exact, by_id[sizes[groups.exact[by_id]] > 1])
    rows += _cluster_rows(ledger, "near", groups.star, by_id[near])
    return sorted(rows, key=lambda row: (row["relation"], row["members"]))


def _cluster_rows(
    ledger: Ledger, relation: RelationName, heads: NDArray[np.int64], chosen: NDArray[np.int64]
) -> list[dict[str, Any]]:
    """A row for each group of the chosen rows (sorted by id) that have one head."""
    chosen = chosen[np.argsort(heads[chosen], kind="stable")]
    new = np.flatnonzero(np.diff(heads[chosen], prepend=-1))
    names = ledger.ids.take(chosen)
    firsts = heads[chosen[new]]
    representatives = ledger.ids.take(firsts)
    exact = ledger.groups.exact[chosen]
    spoke = ((exact == chosen) & (exact != heads[chosen]) & (relation == "near")).tolist()
    jaccard = ledger.groups.jaccard[chosen].tolist()
    rows = []
    for i, (start, end) in enumerate(pairwise([*new.tolist(), len(chosen)])):
        similar = [jaccard[j] for j in range(start, end) if spoke[j]] or [1.0]
        rows.append(
            {
                "id": cluster_id(relation, names[start:end]),
                "relation": relation,
                "representative": representatives[i],
                "members": names[start:end],
                "min_jaccard": min(similar),
                "median_jaccard": median(similar),
                "chained": int(ledger.chained[firsts[i]]) if relation == "near" else 0,
            }
        )
    return rows


def _pairs(ledger: Ledger) -> list[dict[str, Any]]:
    """Near pairs of distinct texts, by their best copies, and contained ones (`a` inside `b`)."""
    rows = []
    tables: list[tuple[RelationName, PairTable]] = [("near", ledger.found.near), ("contained", ledger.found.contained)]
    for relation, table in tables:
        names_a = ledger.ids.take(table.a)
        names_b = ledger.ids.take(table.b)
        numbers = (table.jaccard.tolist(), table.containment.tolist())
        for a, b, jaccard, containment in zip(names_a, names_b, *numbers, strict=True):
            left, right = (b, a) if relation == "near" and a > b else (a, b)
            rows.append(
                {"a": left, "b": right, "relation": relation, "jaccard": jaccard, "containment": containment, "outline": None}
            )
    return sorted(rows, key=lambda row: (row["a"], row["b"], row["relation"]))


def _removed(ledger: Ledger) -> Iterator[dict[str, Any]]:
    gone = ledger.gone
    place = np.full(len(ledger.ids), -1, dtype=np.int64)
    place[gone.row] = np.arange(len(gone.row))
    places = place[ledger.id_order]
    places = places[places >= 0]
    numbers = zip(gone.jaccard[places].tolist(), gone.containment[places].tolist(), strict=True)
    names, kept = ledger.ids.take(gone.row[places]), ledger.ids.take(gone.kept[places])
    via, compared = gone.via[places], iter(ledger.ids.take(gone.via[places][gone.via[places] >= 0]))
    columns = zip(names, kept, gone.reason[places].tolist(), numbers, (via >= 0).tolist(), strict=True)
    for name, keeper, reason, (jaccard, containment), indirect in columns:
        evidence = {"jaccard": jaccard, "containment": containment, "rule": ledger.rule}
        if indirect:
            evidence["via"] = next(compared)
        yield {"id": name, "reason": reason, "kept": keeper, "evidence": evidence}


def _failures(ledger: Ledger) -> list[dict[str, Any]]:
    rows = [
        {"source": f"{part.name}@{place}", "stage": "read", "reason": reason} for part, place, reason in ledger.table.failures()
    ]
    return sorted(rows, key=lambda row: row["source"])
