"""Turns an output folder and the settings of a run into a work folder: a new one, or that of a run that was killed."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import orjson

from detector.dup.options import DedupSettings
from detector.errors import OutputError

_FORMAT = 2  # of the work files; raise it with any change of what they hold


def open_work(out: Path, files: Sequence[Path], settings: DedupSettings) -> tuple[Path, int]:
    """The work folder, new or (with `resume`) that of the same run, and the size of its parts."""
    work = out / "work"
    run = _run_of(files, settings)
    note = work / "run.json"
    if note.exists() and settings.resume:
        before = orjson.loads(note.read_bytes())
        part_bytes = int(before.pop("part_bytes"))
        if before != run:
            raise OutputError(f"{work}: holds another run (other inputs or settings); remove it or choose another --out")
        return work, part_bytes
    if work.exists() and any(work.iterdir()) and not note.exists():
        raise OutputError(f"{work}: holds something else; remove it or choose another --out")
    shutil.rmtree(work, ignore_errors=True)
    try:
        work.mkdir(parents=True)
        note.with_suffix(".partial").write_bytes(orjson.dumps({**run, "part_bytes": settings.part_bytes}))
        note.with_suffix(".partial").rename(note)
    except OSError as error:
        raise OutputError(f"{out}: can't be written: {error}") from error
    return work, settings.part_bytes


def _run_of(files: Sequence[Path], settings: DedupSettings) -> dict[str, object]:
    """What must be the same for a resumed run: inputs, their sizes and times, and all that changes the work files."""
    return {
        "format": _FORMAT,
        "inputs": [[str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns] for path in files],
        "scheme": settings.duplicates.scheme().digest,
        "columns": [settings.text_field, *settings.others()],
    }
