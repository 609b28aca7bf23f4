"""Turns the start of a command that ends soon into a quick one."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quick_start() -> Iterator[None]:
    """For commands that end soon: load Numba without SciPy, and collect no garbage meanwhile.

    Numba asks SciPy for the addresses of linear algebra, which no kernel of ours calls; to import it takes as long as
    all the rest. Not for libraries: Numba does not ask again in this process.
    """
    hidden, collecting = "scipy" not in sys.modules, gc.isenabled()
    if hidden:
        sys.modules["scipy"] = None  # type: ignore[assignment]  # an import of it is now an ImportError
    gc.disable()
    try:
        yield
    finally:
        if hidden:
            del sys.modules["scipy"]
        if collecting:
            gc.enable()
