"""Turns plain functions into compiled ones, kept in a cache on disk, and says so when a first use has to wait.

The cache lies beside the source, or in the user's cache folder where the installation is read-only (Numba looks for
both; NUMBA_CACHE_DIR overrides them). Where no folder can be written the kernels are compiled anew in each process.
Only `compiled` imports Numba.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

_Function = TypeVar("_Function", bound=Callable[..., Any])
NOTICE_AFTER_SECONDS = 2.5  # of CPU time; a start from the cache takes about one
_LOOK_EVERY_SECONDS = 0.25


def compiled(function: _Function) -> _Function:
    """Numba's `njit` without the GIL, cached where a cache can be had. Raises ImportError where Numba is missing."""
    import numba

    try:
        return cast(_Function, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # "cannot cache function: no locator available": no folder is writable
        return cast(_Function, numba.njit(nogil=True)(function))


def print_notice(message: str) -> None:
    """The default notice: a line on standard error."""
    print(message, file=sys.stderr, flush=True)


@contextmanager
def notice_if_slow(kernels: str, on_compile: Callable[[str], None] | None = None) -> Iterator[None]:
    """Call `on_compile` (default: print a line) once if the block takes more work than a start from the cache does.

    `kernels` says what for. Seconds of the processor count, since on a busy machine a start from the cache takes long too.
    """
    done, begun, tell = threading.Event(), time.process_time(), on_compile or print_notice

    def watch() -> None:
        while not done.wait(_LOOK_EVERY_SECONDS):
            if time.process_time() - begun > NOTICE_AFTER_SECONDS:
                tell(f"detector: compiling the kernels for {kernels}; this happens once and takes some 20 seconds")
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
