"""Shards on disk: whole or not at all, kept for the same run only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detector.engine.codec import pack, unpack
from detector.engine.store import FoldedTexts, Shard, WorkStore, shard_row
from detector.types import Document, Failure

FAILED = Failure("a.txt", "decode", "no text 茶")


def document(name: str) -> Document:
    return Document(name, "s", f"{name} 茶", "茶", ())


def shard(*names: str) -> Shard:
    rows = tuple(shard_row({"id": n}, document(n), np.arange(i, dtype=np.uint16)) for i, n in enumerate(names))
    return Shard(rows, (FAILED,))


def test_shard_comes_back(tmp_path: Path) -> None:
    store = WorkStore(tmp_path / "work")
    store.write(3, shard("a", "b", "c"))
    assert store.has(3)
    assert not store.has(2)
    assert [unpack(dict[str, str], f)["id"] for f in store.fingerprints(3)] == ["a", "b", "c"]
    assert store.document((3, 1)) == document("b")
    assert store.folded((3, 2)).tolist() == [0, 1]
    assert store.folded((3, 0)).tolist() == []
    assert store.failures(3) == [FAILED]
    folded = FoldedTexts(store, [(3, 2), (3, 1)])
    assert (len(folded), folded[1].tolist()) == (2, [0])


def test_shard_without_documents(tmp_path: Path) -> None:
    store = WorkStore(tmp_path / "work")
    store.write(0, Shard((), ()))
    assert list(store.fingerprints(0)) == store.failures(0) == []


def test_shard_that_is_not_whole_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = WorkStore(tmp_path / "work")

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", cut)
    with pytest.raises(KeyboardInterrupt):
        store.write(0, shard("a"))
    assert not store.has(0)


@pytest.mark.parametrize(("resume", "state", "stays"), [(True, 1, True), (True, 2, False), (False, 1, False)])
def test_shards_stay_only_for_the_same_state(tmp_path: Path, resume: bool, state: int, stays: bool) -> None:
    store = WorkStore(tmp_path / "work")
    store.claim({"inputs": 1}, resume=False)
    store.write(0, shard("a"))
    again = WorkStore(tmp_path / "work")
    again.claim({"inputs": state}, resume=resume)
    assert again.has(0) is stays


def test_work_of_a_run_that_never_claimed_is_dropped(tmp_path: Path) -> None:
    store = WorkStore(tmp_path / "work")
    store.write(0, shard("a"))
    store.claim({"inputs": 1}, resume=True)
    assert not store.has(0)


def test_store_is_removed_with_its_folder(tmp_path: Path) -> None:
    store = WorkStore(tmp_path / "work")
    store.write(0, shard("a"))
    store.document((0, 0))
    store.remove()
    assert not (tmp_path / "work").exists()
    store.remove()


def test_same_shard_gives_the_same_bytes(tmp_path: Path) -> None:
    store = WorkStore(tmp_path / "work")
    for number in (0, 1):
        store.write(number, shard("a", "b"))
    one, two = (path.read_bytes() for path in sorted((tmp_path / "work").glob("*.arrow")))
    assert one == two
    assert pack(document("a")) == pack(document("a"))
