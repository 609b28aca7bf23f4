"""Turns the amount of HTML that a process has read into a choice: plain Python or the compiled scan, with equal results."""

from __future__ import annotations

import gc
import importlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from detector.compiled import notice_if_slow

# Loading Numba and the kernels takes 0.8 s, as long as Python needs for 150 pages, and 130 MB. Whoever reads more than a
# few pages reads many, so the kernels are loaded early, yet not for the single page of `detector explain`, however large.
MIN_PAGES = 4
BREAK_EVEN_CHARS = 200_000


class Engine:
    """What one process has read so far. Two threads that count at once may load the kernels a page later."""

    __slots__ = ("available", "chars", "lock", "pages", "ready")

    def __init__(self) -> None:
        self.chars = self.pages = 0
        self.ready = False
        self.available = True
        self.lock = threading.Lock()

    def compiled_for(self, n_chars: int, n_pages: int = 1) -> bool:
        """Whether what has `n_chars` characters is to be read by compiled kernels; loads them where it is time."""
        if not self.ready and self.available:
            self.chars += n_chars
            self.pages += n_pages
            if self.chars > BREAK_EVEN_CHARS and self.pages >= MIN_PAGES:
                self.load()
        return self.ready

    def load(self) -> bool:
        """Load the kernels now, as before many pages or for `detector doctor`; False where Numba is missing or broken."""
        with self.lock:
            if not self.ready and self.available:
                try:
                    with notice_if_slow("pages"):
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
