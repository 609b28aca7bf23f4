"""A function is mapped over batches on this machine: in this process, or in a pool that survives a dying worker."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Out = TypeVar("Out")
Context = TypeVar("Context")
Task = Callable[[Sequence[Item], Context], Out]

_context: Any = None  # of a worker process, set once by its initializer and never changed


class LocalEngine(Generic[Context]):
    """Maps `task(batch, context)` over batches and yields the results in the order of the batches.

    `make_context` builds the context once a process. With one worker all runs in the calling process.
    Use it as a context manager.
    """

    def __init__(self, make_context: Callable[..., Context], arguments: tuple[Any, ...], workers: int = 1) -> None:
        self._make = make_context
        self._arguments = arguments
        self._workers = max(1, workers)
        self._own: Context | None = None
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> LocalEngine[Context]:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    @property
    def context(self) -> Context:
        """The context of the calling process."""
        if self._own is None:
            self._own = self._make(*self._arguments)
        return self._own

    def map(
        self,
        task: Task[Item, Context, Out],
        batches: Iterable[Sequence[Item]],
        lost: Callable[[Item], Out] | None = None,
    ) -> Iterator[list[Out]]:
        """Yield, a batch, the results of its parts: one, unless a worker died and the batch had to be cut.

        Where a worker process dies (out of memory, a crash in a C library) its batch is run again in halves; an
        item that kills a worker on its own gives `lost(item)`.
        """
        stream = iter(batches)
        first = list(islice(stream, 2))
        batches = chain(first, stream)
        if self._workers == 1 or len(first) < 2:  # starting processes would cost more than one batch
            for batch in batches:
                yield [task(batch, self.context)]
            return
        waiting: deque[tuple[Sequence[Item], Future[Out]]] = deque()
        for batch in batches:
            waiting.append((batch, self._submit(task, batch)))
            if len(waiting) > 2 * self._workers:
                yield self._collect(task, waiting, lost)
        while waiting:
            yield self._collect(task, waiting, lost)

    def _collect(
        self,
        task: Task[Item, Context, Out],
        waiting: deque[tuple[Sequence[Item], Future[Out]]],
        lost: Callable[[Item], Out] | None,
    ) -> list[Out]:
        batch, future = waiting.popleft()
        try:
            return [future.result()]
        except BrokenProcessPool:
            self._restart()
            results = self._run_in_halves(task, batch, lost)
            again = [b for b, _ in waiting]  # the broken pool has lost these, too
            waiting.clear()
            waiting.extend((b, self._submit(task, b)) for b in again)
            return results

    def _run_in_halves(
        self, task: Task[Item, Context, Out], batch: Sequence[Item], lost: Callable[[Item], Out] | None
    ) -> list[Out]:
        try:
            return [self._submit(task, batch).result()]
        except BrokenProcessPool:
            self._restart()
            if len(batch) > 1:
                middle = len(batch) // 2
                first = self._run_in_halves(task, batch[:middle], lost)
                return first + self._run_in_halves(task, batch[middle:], lost)
            if lost is None:
                raise
            return [lost(batch[0])]

    def _submit(self, task: Task[Item, Context, Out], batch: Sequence[Item]) -> Future[Out]:
        if self._pool is None:
            # Spawned, not forked: the parent has threads of pyarrow and NumPy.
            self._pool = ProcessPoolExecutor(
                self._workers,
                multiprocessing.get_context("spawn"),
                initializer=_start_worker,
                initargs=(self._make, self._arguments),
            )
        try:
            return self._pool.submit(_run, task, batch)
        except BrokenProcessPool as error:  # noticed at submission: the same path as when noticed at the result
            broken: Future[Out] = Future()
            broken.set_exception(error)
            return broken

    def _restart(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def batches_of(items: Iterable[Item], size: int, weigh: Callable[[Item], int], max_weight: int) -> Iterator[list[Item]]:
    """Consecutive batches of at most `size` items and about `max_weight` in sum."""
    batch: list[Item] = []
    weight = 0
    for item in items:
        batch.append(item)
        weight += weigh(item)
        if len(batch) >= size or weight >= max_weight:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


def _start_worker(make: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    global _context
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the parent, which ends its workers
    _context = make(*arguments)


def _run(task: Callable[[Any, Any], Any], batch: Any) -> Any:
    return task(batch, _context)


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever: it holds the other end of the queue itself."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
