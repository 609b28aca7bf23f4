"""What a run says while it works, and what its stages cost."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

STAGES = ("examine", "settle", "relate", "decide", "write", "report")


class Talk:
    """Receives messages and progress; this one keeps silent."""

    def say(self, message: str) -> None:
        """A line that a person should see, such as which columns were guessed."""

    def progress(self, stage: str, done: int, total: int | None = None) -> None:
        """`done` of `total` documents went through `stage`; `total` is None where it can't be known."""


class Meter:
    """Seconds and peak memory a stage."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.seconds: dict[str, float] = {}
        self.peak_memory_mib: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage."""
        self.talk.progress(name, 0)
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(time.perf_counter() - start, 3)
            self.peak_memory_mib[name] = peak_memory_mib()


def peak_memory_mib() -> float:
    """The most memory that this process, or any one of its finished workers, has held so far, in MiB; 0 on Windows."""
    if sys.platform == "win32":
        return 0.0
    import resource

    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10  # macOS counts bytes, Linux KiB
    peaks = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(max(peaks) / unit, 1)
