"""Turns the amount of HTML that a process has read into a choice: plain Python or the compiled scan, with equal results."""

from __future__ import annotations

import gc
import importlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

# Loading Numba and the kernels takes about as long as Python needs for 150 pages. Whoever reads more than a few pages
# reads many, so the kernels are loaded early, yet not for the single page of `detector explain`.
BREAK_EVEN_CHARS = 250_000
NOTICE_AFTER_SECONDS = 4.0  # a start from the cache takes about one
NOTICE = "detector: compiling the kernels that read pages; this happens once and takes some 20 seconds"


class Engine:
    """What one process has read so far. Two threads that count at once may load the kernels a page later."""

    __slots__ = ("available", "chars", "lock", "ready")

    def __init__(self) -> None:
        self.chars = 0
        self.ready = False
        self.available = True
        self.lock = threading.Lock()

    def compiled_for(self, n_chars: int) -> bool:
        """Whether a page of `n_chars` characters is to be read by the compiled scan; loads it where it is time."""
        if not self.ready and self.available:
            self.chars += n_chars
            if self.chars > BREAK_EVEN_CHARS:
                self.load()
        return self.ready

    def load(self) -> bool:
        """Load the kernels now, as before many pages or for `detector doctor`; False where Numba is missing or broken."""
        with self.lock:
            if not self.ready and self.available:
                try:
                    with _notice_if_slow():
                        importlib.import_module("detector.page.scanned").warm_up()
                        importlib.import_module("detector.page.model").warm_up()
                    self.ready = True
                except ImportError:
                    self.available = False
        return self.ready


@cache
def engine() -> Engine:
    """The one of this process."""
    return Engine()


@contextmanager
def paused_collection() -> Iterator[None]:
    """Keep the collector of cyclic garbage from looking, over and over, through the lines of a batch: none is garbage."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


@contextmanager
def _notice_if_slow() -> Iterator[None]:
    """A line on standard error if the block takes longer than a start from the cache does."""
    timer = threading.Timer(NOTICE_AFTER_SECONDS, lambda: print(NOTICE, file=sys.stderr, flush=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
