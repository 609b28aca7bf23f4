"""Draws the report of an invented run and prints its seconds, peak memory and size.

python bench/report_scale.py [DOCUMENTS]        (30,000 unless said otherwise)
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from fake_run import tables, write_run

from detector.report import render

_FILLER = "市图书馆的夜间开放受到读者欢迎，馆方表示今后会继续延长时间。" * 40


def repeated(documents: int) -> dict[str, Iterator[dict[str, Any]]]:
    """The tables of the invented run again and again under other ids, with articles of a usual length."""
    base = tables()
    names = [row["id"] for row in base["documents"]]
    return {name: _turns(rows, names, documents // len(names)) for name, rows in base.items()}


def _turns(rows: list[dict[str, Any]], names: list[str], turns: int) -> Iterator[dict[str, Any]]:
    for turn in range(turns):
        renamed = {name: f"{name}-{turn}" for name in names}
        yield from (_renamed(row, renamed, turn) for row in rows)


def _renamed(row: dict[str, Any], names: dict[str, str], turn: int) -> dict[str, Any]:
    made = {key: names.get(value, value) if isinstance(value, str) else value for key, value in row.items()}
    for key in ("near_cluster", "exact_group", "template_family"):
        if made.get(key):
            made[key] = f"{made[key]}-{turn}"
    if "text" in row:
        made["text"] = row["text"] + _FILLER
        made["repaired"] = row["repaired"] and row["repaired"] + _FILLER
    if "members" in row:
        made["id"] = f"{row['id']}-{turn}"
        made["members"] = [names[member] for member in row["members"]]
        made["coverage"] = {names[member]: share for member, share in row.get("coverage", {}).items()}
    if "host" in row:
        made["host"] = f"{turn}.{row['host']}"
    return made


def main() -> None:
    documents = int(sys.argv[1]) if len(sys.argv) > 1 else 30_000
    with tempfile.TemporaryDirectory() as folder:
        run = write_run(Path(folder), repeated(documents))
        size = sum(path.stat().st_size for path in run.iterdir()) / 2**20
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        start = time.perf_counter()
        page = render(run)
        seconds = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        (run / "report.html").write_text(page, encoding="utf-8")
    print(f"{documents:,} documents, {size:,.0f} MiB of files: {seconds:.1f} s, page {len(page.encode()) / 2**20:.2f} MiB")
    print(f"peak memory {after:,.0f} MiB, of which {before:,.0f} MiB before drawing")


if __name__ == "__main__":
    main()
