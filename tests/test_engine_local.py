"""Tasks over batches: order, batches, and workers that die."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.engine.local import LocalEngine, batches_of


def make_factor(factor: int) -> int:
    return factor


def scaled(batch: Sequence[int], factor: int) -> list[int]:
    return [item * factor for item in batch]


def deadly(batch: Sequence[int], factor: int) -> list[int]:
    """Dies on 13 as a crash in a C library does."""
    if 13 in batch:
        os._exit(9)
    return scaled(batch, factor)


def failing(batch: Sequence[int], factor: int) -> list[int]:
    raise ValueError(f"{batch} {factor}")


def lost(item: int) -> list[int]:
    return [-item]


def run(workers: int, task: object, batches: Sequence[Sequence[int]]) -> list[list[int]]:
    with LocalEngine(make_factor, (10,), workers) as engine:
        return [list(chain.from_iterable(parts)) for parts in engine.map(task, batches, lost)]  # type: ignore[arg-type]


@given(st.lists(st.lists(st.integers(), max_size=4), max_size=4))
def test_one_worker_maps_in_order(batches: list[list[int]]) -> None:
    assert run(1, scaled, batches) == [scaled(b, 10) for b in batches]


def test_context_is_made_once_and_only_when_needed() -> None:
    made: list[int] = []

    def make(value: int) -> int:
        made.append(value)
        return value

    with LocalEngine(make, (3,)) as engine:
        assert made == []
        assert list(engine.map(scaled, [[1], [2]])) == [[[3]], [[6]]]
        assert engine.context == 3
    assert made == [3]


def test_pool_maps_in_order_and_a_dying_worker_costs_only_the_item_that_killed_it() -> None:
    batches = [list(range(start, start + 4)) for start in range(0, 24, 4)]
    found = run(2, deadly, batches)
    assert found == [[-i if i == 13 else i * 10 for i in batch] for batch in batches]


def test_dying_worker_without_a_replacement_raises() -> None:
    from concurrent.futures.process import BrokenProcessPool

    with LocalEngine(make_factor, (10,), 2) as engine, pytest.raises(BrokenProcessPool):
        list(engine.map(deadly, [[13], [1]]))


@pytest.mark.parametrize("workers", [1, 2])
def test_exception_of_a_task_comes_through(workers: int) -> None:
    with pytest.raises(ValueError, match="10"):
        run(workers, failing, [[1], [2]])


def test_batches_are_drawn_as_they_are_needed() -> None:
    drawn: list[int] = []

    def batches() -> object:
        for i in range(100):
            drawn.append(i)
            yield [i]

    with LocalEngine(make_factor, (1,)) as engine:
        results = engine.map(scaled, batches())  # type: ignore[arg-type]
        next(results)
        assert drawn == [0, 1]  # a second one tells whether processes are worth their start


@given(st.lists(st.integers(0, 20)), st.integers(1, 6), st.integers(1, 40))
def test_batches_hold_all_items_in_order_and_only_their_last_item_goes_over(items: list[int], size: int, most: int) -> None:
    batches = list(batches_of(items, size, lambda i: i, most))
    assert list(chain.from_iterable(batches)) == items
    assert all(0 < len(b) <= size for b in batches)
    assert all(sum(b[:-1]) < most for b in batches)
    assert all(len(b) == size or sum(b) >= most for b in batches[:-1])


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "orphans.py"
    script.write_text(
        "import os, signal, sys\n"
        "from detector.engine.local import LocalEngine\n"
        "def make(): return None\n"
        "def pid(batch, context): return os.getpid()\n"
        "if __name__ == '__main__':\n"
        "    engine = LocalEngine(make, (), 2)\n"
        "    found = {p for part in engine.map(pid, ([i] for i in range(8))) for p in part}\n"
        "    print(*found, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    made = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    workers = [int(p) for p in made.stdout.split()]
    assert workers, made.stderr
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{p}").exists() and "\nState:\tZ" not in Path(f"/proc/{p}/status").read_text() for p in workers):
        assert time.monotonic() < deadline, "a worker outlived its parent"
        time.sleep(0.1)
