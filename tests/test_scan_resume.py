"""Same bytes whatever the order of the input and the number of workers, and after a run that was killed."""

from __future__ import annotations

import gzip
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest
from spine_corpus import rows, write_jsonl

from detector.corpus import scan_to_folder
from detector.settings import Settings

CODE = """
import sys
from pathlib import Path
import detector.corpus
from detector.corpus import scan_to_folder
from detector.settings import Settings
detector.corpus.BATCH_DOCUMENTS = 2
if __name__ == "__main__":
    if sys.argv[3] == "slowly":
        import time
        real = detector.corpus.examine_shard
        def examine_shard(batch, kit):
            time.sleep(0.3)
            return real(batch, kit)
        detector.corpus.examine_shard = examine_shard
    scan_to_folder([Path(sys.argv[1])], Path(sys.argv[2]), Settings())
"""


def contents(folder: Path) -> dict[str, object]:
    """The bytes of every file, and of the manifest all that is no timing."""
    found: dict[str, object] = {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "manifest.json"}
    manifest = orjson.loads((folder / "manifest.json").read_bytes())
    return found | {"manifest": {k: v for k, v in manifest.items() if k not in ("seconds", "peak_memory_mib")}}


def assert_same(one: Path, two: Path) -> None:
    first, second = contents(one), contents(two)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_second_run_gives_the_same_bytes(tmp_path: Path, small_run: Path, small_input: Path) -> None:
    scan_to_folder([small_input], tmp_path, Settings())
    assert_same(tmp_path, small_run)


@pytest.mark.parametrize(("batch", "workers"), [(3, 1), (5, 2)])
def test_order_batches_and_workers_do_not_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_run: Path, batch: int, workers: int
) -> None:
    shuffled = rows()
    random.Random(batch).shuffle(shuffled)
    monkeypatch.setattr("detector.corpus.BATCH_DOCUMENTS", batch)
    scan_to_folder([write_jsonl(tmp_path / "small.jsonl", shuffled)], tmp_path / "out", Settings(), workers=workers)
    assert_same(tmp_path / "out", small_run)


def test_order_of_files_does_not_show(tmp_path: Path) -> None:
    half = len(rows()) // 2
    parts = [write_jsonl(tmp_path / "a.jsonl", rows()[:half]), write_jsonl(tmp_path / "b.jsonl", rows()[half:])]
    scan_to_folder(parts, tmp_path / "one", Settings())
    scan_to_folder(parts[::-1], tmp_path / "two", Settings())
    assert_same(tmp_path / "one", tmp_path / "two")


def test_killed_run_is_resumed_to_the_same_bytes(
    tmp_path: Path, small_run: Path, small_input: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, out = tmp_path / "run.py", tmp_path / "out"
    script.write_text(CODE)
    with subprocess.Popen([sys.executable, str(script), str(small_input), str(out), "slowly"]) as process:
        deadline = time.monotonic() + 60
        while len(list(out.glob(".work/examined-*.arrow"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
    shards = sorted(out.glob(".work/examined-*.arrow"))
    assert 2 <= len(shards) < 7, "the run was to be killed in the middle"
    assert not (out / "manifest.json").exists()
    kept = {path.name: path.stat().st_mtime_ns for path in shards}
    seen: list[int] = []
    monkeypatch.setattr("detector.corpus.BATCH_DOCUMENTS", 2)
    real = scan_to_folder.__globals__["examine_shard"]
    monkeypatch.setattr("detector.corpus.examine_shard", lambda batch, kit: seen.append(len(batch)) or real(batch, kit))
    scan_to_folder([small_input], out, Settings(), resume=True)
    assert len(seen) == 7 - len(kept), "what was examined before the kill is not examined again"
    assert_same(out, small_run)


def test_resume_after_a_change_of_settings_or_input_starts_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, out = write_jsonl(tmp_path / "a.jsonl", rows()), tmp_path / "out"

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    def examined_again(settings: Settings) -> bool:
        with monkeypatch.context() as patch:
            patch.setattr("detector.corpus.relate", stop)
            with pytest.raises(KeyboardInterrupt):
                scan_to_folder([source], out, Settings())
        seen: list[object] = []
        real = scan_to_folder.__globals__["examine_shard"]
        with monkeypatch.context() as patch:
            patch.setattr("detector.corpus.examine_shard", lambda batch, kit: seen.append(batch) or real(batch, kit))
            if settings.threshold == 0.7:
                write_jsonl(source, rows()[1:])
            scan_to_folder([source], out, settings, resume=True)
        return bool(seen)

    assert examined_again(Settings(threshold=0.8))
    assert examined_again(Settings())


def test_real_articles_in_any_order_and_with_two_workers(
    tmp_path: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[bytes] = []
    for name, count in (("thucnews_1k", 60), ("howtocook", 40), ("wechat_security", 60), ("pages_dan_zh", 10)):
        path = shared_data / f"{name}.jsonl.gz"
        if not path.exists():
            pytest.skip(f"no {path}")
        with gzip.open(path) as file:
            lines += [line for line, _ in zip(file, range(count), strict=False)]
    for number, workers in enumerate((1, 2)):
        (tmp_path / str(number)).mkdir()
        random.Random(number).shuffle(lines)
        (tmp_path / str(number) / "mixed.jsonl").write_bytes(b"".join(lines))
        monkeypatch.setattr("detector.corpus.BATCH_DOCUMENTS", (256, 90)[number])
        scan_to_folder([tmp_path / str(number) / "mixed.jsonl"], tmp_path / f"out{number}", Settings(), workers=workers)
    assert_same(tmp_path / "out0", tmp_path / "out1")
