"""Turns the output of a scan of `samples/corpus/` into the list of what it missed of `samples/expected.json`.

    detector scan samples/corpus --out demo-out; python tools/check_samples.py demo-out

Exit 0 where nothing was missed, 1 where something was.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Row = dict[str, Any]
EXPECTED = Path(__file__).resolve().parents[1] / "samples" / "expected.json"


def rows(path: Path) -> list[Row]:
    """Read JSONL; lines end at `\\n` alone, since a damaged text may hold U+0085."""
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


def wrong_verdicts(documents: list[Row], expected: Row) -> Iterator[str]:
    found = {row["id"]: row for row in documents}
    for key, wanted in (("farm", True), ("not_farm", False)):
        for name in expected[key]:
            if name not in found:
                yield f"document missing: {name}"
            elif found[name]["farm"] is not wanted:
                yield f"verdict of {name}: wanted {key}, got {found[name]['farm_bits']:.1f} bits"


def wrong_groups(key: str, documents: list[Row], expected: Row) -> Iterator[str]:
    """A copy may stand in the exact group of its original, or in its near cluster."""
    columns = ("exact_group",) if key == "exact" else ("exact_group", "near_cluster")
    found = {row["id"]: {row[column] for column in columns} - {None} for row in documents}
    for group in expected[key]:
        held = [found.get(name, set()) for name in group]
        if not all(any(a & b for b in held[:n] + held[n + 1 :]) for n, a in enumerate(held)):
            yield f"{key}: {' '.join(group)}"


def wrong_containment(pairs: list[Row], expected: Row) -> Iterator[str]:
    found = {frozenset((row["a"], row["b"])) for row in pairs if row["relation"] == "contained"}
    for wanted in expected["contained"]:
        if frozenset(wanted.values()) not in found:
            yield f"contained: {wanted['inner']} in {wanted['outer']}"


def wrong_families(templates: list[Row], expected: Row) -> Iterator[str]:
    for family in expected["families"]:
        wanted = set(family["members"])
        touching = [set(row["members"]) for row in templates if wanted & set(row["members"])]
        best: set[str] = max(touching, key=lambda held: len(held & wanted), default=set())
        if missing := wanted - best:
            yield f"family {family['name']}: {len(missing)} of {len(wanted)} missing: {' '.join(sorted(missing))}"
        if strangers := best - wanted - set(family["copies"]):
            yield f"family {family['name']}: does not belong: {' '.join(sorted(strangers))}"


def wrong(output: Path, expected: Row) -> Iterator[str]:
    documents = rows(output / "documents.jsonl")
    yield from wrong_verdicts(documents, expected)
    for key in ("exact", "copies"):
        yield from wrong_groups(key, documents, expected)
    yield from wrong_containment(rows(output / "pairs.jsonl"), expected)
    yield from wrong_families(rows(output / "templates.jsonl"), expected)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    found = list(wrong(parser.parse_args().output, json.loads(EXPECTED.read_text(encoding="utf-8"))))
    print("\n".join(found) or "everything expected was found")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
