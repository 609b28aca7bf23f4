"""Turns parts of the input into work files: scanned, folded, sketched and sampled, a part at a time in each thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from detector.dup.inputs import PartReader
from detector.dup.options import DedupSettings
from detector.dup.scan import PADDING, Scanner
from detector.dup.store import Part, write_part


def sketch_parts(work: Path, parts: Sequence[Part], settings: DedupSettings, progress: Callable[[str, int, int], None]) -> None:
    """Write the work files of all parts that have none."""
    missing = [part for part in parts if not part.path(work, "arrow").exists()]
    done, lock, queue = len(parts) - len(missing), Lock(), iter(missing)

    def run() -> None:
        nonlocal done
        reader, scanner = PartReader(PADDING), Scanner(settings.columns(), settings.duplicates.scheme())
        for part in _shared(queue, lock):
            data, size, base = reader.read(part)
            write_part(work, part, scanner.scan(data, size), base, settings.others())
            with lock:
                done += 1
                progress("sketch", done, len(parts))

    if settings.workers == 1 or len(missing) < 2:
        run()
        return
    with ThreadPoolExecutor(settings.workers) as pool:
        for future in [pool.submit(run) for _ in range(settings.workers)]:
            future.result()


def _shared(queue: Iterator[Part], lock: Lock) -> Iterator[Part]:
    """What is left in a queue that other threads take from too."""
    while True:
        with lock:
            part = next(queue, None)
        if part is None:
            return
        yield part
