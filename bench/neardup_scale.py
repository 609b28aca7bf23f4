"""Turns runs of `detector dedup` on files of growing size into clock, CPU and peak memory of all its processes.

    python bench/neardup_scale.py FILE… [--workers 2] [--threshold 0.7] [--runs 2]

Memory is read from /proc ten times a second (Linux): `resident` is the sum over all processes with what they map of the
page cache, `own` is without pages of files. The run of the least CPU time counts; one before all of them warms caches.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

CODE = "from detector.cli.dedup import dedup; dedup()"


class Sampler(threading.Thread):
    """Keeps the greatest sums of resident memory, in KiB, over the processes of one session."""

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self.session, self.done = session, threading.Event()
        self.resident = self.own = 0

    def run(self) -> None:
        while not self.done.wait(0.1):
            sums = [_memory(int(p.name)) for p in Path("/proc").iterdir() if p.name.isdigit() and self._mine(int(p.name))]
            self.resident = max(self.resident, sum(resident for resident, _ in sums))
            self.own = max(self.own, sum(own for _, own in sums))

    def _mine(self, process: int) -> bool:
        try:
            return os.getsid(process) == self.session
        except ProcessLookupError:
            return False


def _memory(process: int) -> tuple[int, int]:
    """(resident, resident without pages of files) of a process, in KiB; zeros where it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0, 0
    fields = dict(line.split(":", 1) for line in lines)
    resident, files = (int(fields.get(name, "0 kB").split()[0]) for name in ("VmRSS", "RssFile"))
    return resident, resident - files


def measure(path: Path, workers: int, threshold: float) -> dict[str, float]:
    """One run in a session of its own: seconds of the clock, user and system, and peaks in GiB."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        options = ["--out", f"{folder}/out", "--threshold", str(threshold), "--workers", str(workers), "--quiet"]
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        process = subprocess.Popen([sys.executable, "-c", CODE, str(path), *options], start_new_session=True)
        sampler = Sampler(process.pid)
        sampler.start()
        if process.wait():
            raise SystemExit(f"detector dedup ended with {process.returncode}")
        clock = time.perf_counter() - start
        sampler.done.set()
        sampler.join()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    return {"clock": clock, "user": user, "system": system, "resident": sampler.resident / 2**20, "own": sampler.own / 2**20}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threshold", type=float, default=0.7)
    parser.add_argument("--runs", type=int, default=2)
    options = parser.parse_args()
    measure(options.files[0], options.workers, options.threshold)
    for path in options.files:
        with path.open("rb") as file:
            count = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 24), b""))
        runs = [measure(path, options.workers, options.threshold) for _ in range(options.runs)]
        best = min(runs, key=lambda run: run["user"] + run["system"])
        cpu = best["user"] + best["system"]
        print(
            f"{count:9} documents  clock {best['clock']:6.1f} s  user {best['user']:6.1f} s  system {best['system']:5.1f} s"
            f"  {cpu / count * 1e6:5.1f} µs/doc  resident {best['resident']:.2f} GiB  own {best['own']:.2f} GiB",
            flush=True,
        )


if __name__ == "__main__":
    main()
