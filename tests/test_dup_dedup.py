"""The out-of-core run: same bytes whatever the order, workers, memory or interruption, and an honest ledger."""

from __future__ import annotations

import gzip
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.cli.dedup import dedup as command
from detector.dup import dedup as module
from detector.dup import inputs, record_kernels, sketching
from detector.dup.bands import short_values
from detector.dup.containment import sample_batch
from detector.dup.dedup import DedupSettings, dedup
from detector.dup.inputs import PartReader, plan_parts
from detector.dup.keep import KeepPolicy
from detector.dup.scan import PADDING, Columns, Fields, Scanner, parse_line
from detector.dup.scheme import Scheme
from detector.dup.sketch import sketch_folded
from detector.errors import InputError, OutputError, SettingsError
from detector.text.fold import fold_batch

FILES = ("kept.jsonl", "clusters.jsonl", "pairs.jsonl", "removed.jsonl", "failures.jsonl", "manifest.json")


def random_text(rng: np.random.Generator, n: int) -> str:
    return "".join(map(chr, rng.integers(0x4E00, 0x9000, n)))


def corpus(seed: int = 0, n: int = 60) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    records = []
    for i in range(n):
        text = random_text(rng, int(rng.integers(150, 500)))
        date, host = f"2024-01-{i % 28 + 1:02d}", f"https://a{i % 3}.example/{i}"
        records.append({"id": f"o{i:03d}", "text": text, "url": host, "date": date})
        if i % 3 == 0:
            copy = {"text": text[:-6] + "，完。", "url": f"https://b.example/{i}", "date": "2023-12-31"}
            records.append({"id": f"n{i:03d}", **copy})
        if i % 5 == 0:
            records.append({"id": f"e{i:03d}", "text": "《" + text + "》", "url": None, "date": None})
        if i % 7 == 0:
            records.append({"id": f"w{i:03d}", "text": random_text(rng, 400) + text + random_text(rng, 300)})
    return records


def write(path: Path, records: list[dict[str, Any]], ascii_only: bool = False) -> Path:
    lines = [json.dumps(record, ensure_ascii=ascii_only) for record in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def results(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_any_order_workers_and_memory_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = corpus()
    dedup([write(tmp_path / "a.jsonl", records)], tmp_path / "a", DedupSettings())
    np.random.default_rng(1).shuffle(records)  # type: ignore[arg-type]
    monkeypatch.setattr(DedupSettings, "part_bytes", property(lambda self: 5000))
    source = write(tmp_path / "b.jsonl", records)
    small = DedupSettings(workers=2)
    object.__setattr__(small, "memory_bytes", 1 << 12)  # far under what is allowed: all that can lie on disk does
    dedup([source], tmp_path / "b", small)
    assert results(tmp_path / "a") == results(tmp_path / "b")
    assert not (tmp_path / "a" / "work").exists()


def test_ledger_names_what_was_kept_and_why(tmp_path: Path) -> None:
    counts = dedup([write(tmp_path / "a.jsonl", corpus())], tmp_path / "out", DedupSettings())
    removed = {row["id"]: row for row in rows(tmp_path / "out" / "removed.jsonl")}
    kept = {row["id"] for row in rows(tmp_path / "out" / "kept.jsonl")}
    assert kept.isdisjoint(removed)
    assert counts.documents == len(kept) + len(removed)
    assert {row["kept"] for row in removed.values()} <= kept
    assert removed["o005"] == {
        "id": "o005",
        "reason": "exact",
        "kept": "e005",
        "evidence": {"jaccard": 1.0, "containment": 1.0, "rule": "longest"},
    }
    assert removed["n003"]["reason"] == "near"
    assert 0.7 <= removed["n003"]["evidence"]["jaccard"] < 1
    contained = {(row["a"], row["b"]) for row in rows(tmp_path / "out" / "pairs.jsonl") if row["relation"] == "contained"}
    assert ("o007", "w007") in contained
    near = [row for row in rows(tmp_path / "out" / "clusters.jsonl") if row["relation"] == "near"]
    assert sorted(set(near[0]["members"]) - {"e000"}) == ["n000", "o000"]


def test_kept_lines_are_the_input_lines(tmp_path: Path) -> None:
    source = write(tmp_path / "a.jsonl", corpus())
    dedup([source], tmp_path / "out", DedupSettings())
    lines = set(source.read_bytes().splitlines())
    assert set((tmp_path / "out" / "kept.jsonl").read_bytes().splitlines()) <= lines


@pytest.mark.parametrize("crash", ["_search_and_write", "write_part"])
def test_killed_run_resumes_to_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crash: str) -> None:
    source = write(tmp_path / "a.jsonl", corpus())
    monkeypatch.setattr(DedupSettings, "part_bytes", property(lambda self: 8000))
    dedup([source], tmp_path / "whole", DedupSettings())
    calls = []
    owner = module if crash == "_search_and_write" else sketching
    real = getattr(owner, crash)

    def killed(*args: Any) -> Any:
        calls.append(args)
        if crash == "_search_and_write" or len(calls) > 3:
            raise KeyboardInterrupt
        return real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(owner, crash, killed)
        with pytest.raises(KeyboardInterrupt):
            dedup([source], tmp_path / "out", DedupSettings())
    before = {path.name for path in (tmp_path / "out" / "work").glob("*.arrow")}
    assert len(before) >= 3
    dedup([source], tmp_path / "out", DedupSettings(resume=True))
    assert results(tmp_path / "out") == results(tmp_path / "whole")


def test_another_run_is_not_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path / "a.jsonl", corpus())
    with monkeypatch.context() as patch:
        patch.setattr(module, "_search_and_write", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            dedup([source], tmp_path / "out", DedupSettings())
    with pytest.raises(OutputError, match="another run"):
        dedup([source], tmp_path / "out", DedupSettings(resume=True, id_field="url"))
    (tmp_path / "other" / "work").mkdir(parents=True)
    (tmp_path / "other" / "work" / "mine.txt").write_text("x")
    with pytest.raises(OutputError, match="something else"):
        dedup([source], tmp_path / "other", DedupSettings())


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        (KeepPolicy("longest"), "o003"),
        (KeepPolicy("earliest"), "n003"),
        (KeepPolicy("first"), "o003"),
        (KeepPolicy("cleanest"), "o003"),
        (KeepPolicy("longest", hosts=("b.example",)), "n003"),
    ],
)
def test_keep_policies(tmp_path: Path, policy: KeepPolicy, kept: str) -> None:
    dedup([write(tmp_path / "a.jsonl", corpus(n=5))], tmp_path / "out", DedupSettings(keep=policy))
    names = {row["id"] for row in rows(tmp_path / "out" / "kept.jsonl")}
    assert names & {"o003", "n003"} == {kept}


def test_share_of_a_family_stays_and_contained_can_go(tmp_path: Path) -> None:
    text = random_text(np.random.default_rng(3), 400)
    copies = [{"id": f"d{i}", "text": text + "续" * i} for i in range(10)]
    source = write(tmp_path / "a.jsonl", copies)
    dedup([source], tmp_path / "out", DedupSettings(keep=KeepPolicy(share=0.3)))
    assert [row["id"] for row in rows(tmp_path / "out" / "kept.jsonl")] == ["d7", "d8", "d9"]
    source = write(tmp_path / "b.jsonl", corpus())
    dedup([source], tmp_path / "gone", DedupSettings(keep=KeepPolicy(drop_contained=True)))
    removed = {row["id"]: row for row in rows(tmp_path / "gone" / "removed.jsonl")}
    kept = {row["id"] for row in rows(tmp_path / "gone" / "kept.jsonl")}
    assert removed["o007"]["reason"] == "contained"
    assert removed["o007"]["kept"] == "w007"
    assert {row["kept"] for row in removed.values()} <= kept
    with pytest.raises(SettingsError):
        KeepPolicy(share=2.0)


def test_compressed_and_table_inputs_give_the_same(tmp_path: Path) -> None:
    records = [{"id": r["id"], "text": r["text"]} for r in corpus(n=20)]
    plain = write(tmp_path / "a.jsonl", records)
    packed = tmp_path / "b.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    table = tmp_path / "c.parquet"
    pq.write_table(pa.Table.from_pylist(records), table)
    for source in (plain, packed, table):
        dedup([source], tmp_path / source.name.partition(".")[0], DedupSettings())
    for name in FILES[1:]:
        first = (tmp_path / "a" / name).read_bytes()
        assert first == (tmp_path / "b" / name).read_bytes() == (tmp_path / "c" / name).read_bytes()


def test_unreadable_lines_are_listed_and_the_rest_goes_on(tmp_path: Path) -> None:
    good = json.dumps({"id": "g", "text": "好的一行"}, ensure_ascii=False).encode()
    bad = [b"not json", b'{"id": "x"}', b'{"id": "y", "text": 5}', b'["list"]', b'{"id": "z", "text": "\xff\xfe"}', b""]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join([*bad, good]))
    counts = dedup([tmp_path / "a.jsonl"], tmp_path / "out", DedupSettings())
    assert (counts.documents, counts.failures) == (1, 5)
    assert all(row["reason"] for row in rows(tmp_path / "out" / "failures.jsonl"))
    assert rows(tmp_path / "out" / "failures.jsonl")[0]["reason"].startswith("no JSON")
    assert "there are: id" in (tmp_path / "out" / "failures.jsonl").read_text()
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and nothing more")
    with pytest.raises(InputError, match="broken Parquet"):
        dedup([tmp_path / "bad.parquet"], tmp_path / "x", DedupSettings())
    with pytest.raises(InputError):
        dedup([tmp_path / "none.jsonl"], tmp_path / "x", DedupSettings())
    with pytest.raises(InputError):
        dedup([write(tmp_path / "a.txt", [])], tmp_path / "x", DedupSettings())


def test_repeated_and_unsorted_ids_are_counted_and_sorted(tmp_path: Path) -> None:
    names = ["b", "", "b", "名", "b", "ab", "a" * 300]
    texts = [random_text(np.random.default_rng(i), 300) for i in range(len(names))]
    records = [{"id": name, "text": text} for name, text in zip(names, texts, strict=True)]
    first = dedup([write(tmp_path / "a.jsonl", records)], tmp_path / "a", DedupSettings())
    assert first.repeated_ids == 2
    assert [row["id"] for row in rows(tmp_path / "a" / "kept.jsonl")] == sorted(names)
    dedup([write(tmp_path / "b.jsonl", records[::-1])], tmp_path / "b", DedupSettings())
    assert results(tmp_path / "a") == results(tmp_path / "b")


def test_kept_lines_longer_than_the_buffer_are_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [{"id": f"{i:03d}", "text": random_text(np.random.default_rng(i), 5 + 37 * (i % 5))} for i in range(40)]
    source = write(tmp_path / "a.jsonl", records)
    lines = source.read_bytes().splitlines(keepends=True)
    for size in (1, 7, 64, 1000):
        monkeypatch.setattr(inputs, "_COPY_BYTES", size)
        with (tmp_path / "copy").open("wb") as out:
            places = np.cumsum([0, *map(len, lines)]).tolist()
            inputs.copy_ranges([(source, a, b - 1) for a, b in pairwise(places[1:])], out)
        assert (tmp_path / "copy").read_bytes() == b"".join(lines[1:])


def test_empty_input_gives_empty_files(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"")
    assert dedup([tmp_path / "a.jsonl"], tmp_path / "out", DedupSettings()).documents == 0
    assert (tmp_path / "out" / "kept.jsonl").read_bytes() == b""


def test_command_line(tmp_path: Path) -> None:
    source = write(tmp_path / "a.jsonl", corpus(n=6))
    run = CliRunner().invoke(command, [str(source), "--out", str(tmp_path / "out"), "--quiet"])
    assert run.exit_code == 0, run.output
    again = CliRunner().invoke(command, [str(source), "--out", str(tmp_path / "out"), "--fail-on", "duplicate"])
    assert again.exit_code == 1
    assert "documents" in again.stderr
    assert CliRunner().invoke(command, [str(tmp_path / "no.jsonl"), "--out", str(tmp_path / "x")]).exit_code == 2


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5), lambda v: st.lists(v, max_size=3), max_leaves=4
)
WORDS = st.lists(st.sampled_from(["软件", "程式", "硬", "件", "网路", "数", "据", "资料", "，"])).map("".join)
RECORDS = st.fixed_dictionaries(
    {"text": st.text(max_size=30) | WORDS | st.none() | st.integers()},
    optional={
        "id": st.text(max_size=6) | st.integers(),
        "x\\": JSON_VALUES,
        "标题": JSON_VALUES,
        "meta": st.just({"text": "x"}),
    },
)


@given(st.lists(RECORDS, max_size=6), st.booleans(), st.sampled_from(["", " ", "\r"]))
@settings(max_examples=150, deadline=None)
def test_scanner_reads_what_a_parser_reads(records: list[dict[str, Any]], ascii_only: bool, space: str) -> None:
    lines = [json.dumps(record, ensure_ascii=ascii_only) for record in records]
    data = "".join(line + space + "\n" for line in lines).encode("utf-8", "surrogatepass")
    block = SCANNER.scan(bytearray(data + b"\n" * PADDING), len(data))
    readable = [record for record in records if isinstance(record["text"], str)]
    broken = {i for i, record in enumerate(readable) if _has_surrogate(json.dumps(record, ensure_ascii=False))}
    if broken:
        return  # a lone surrogate: no parser agrees with another
    assert len(block.starts) == len(readable)
    assert len(block.failures) == len(records) - len(readable)
    codes, offsets = fold_batch([record["text"] for record in readable])
    assert np.array_equal(block.n_chars, np.diff(offsets))
    assert np.array_equal(block.sketches, short_values(sketch_folded(codes, offsets, Scheme()).values))
    samples, counts = sample_batch(codes, offsets, Scheme())
    assert np.array_equal(block.samples, samples)
    assert np.array_equal(block.sample_ends, np.cumsum(counts))
    assert block.values[0].to_pylist() == [str(record["id"]) if "id" in record else None for record in readable]
    if len(block.starts):
        lines = [bytearray(data[start:end] + b"\n" * PADDING) for start, end in zip(block.starts, block.ends, strict=True)]
        for i, line in enumerate(lines):
            assert np.array_equal(refolded(line), codes[offsets[i] : offsets[i + 1]])


SCANNER = Scanner(Columns(), Scheme())


def refolded(line: bytearray) -> np.ndarray[Any, Any]:
    fields, ends = Fields(Columns()), np.zeros(1, dtype=np.int64)
    out, hits = np.empty(len(line), dtype=np.uint16), np.empty(len(line), dtype=np.uint32)
    raw, starts = np.frombuffer(line, dtype=np.uint8), np.zeros(1, dtype=np.int64)
    done = record_kernels.fold_lines(raw, starts, fields.keys, fields.key_ends, fields.tables, out, hits, ends)
    return out[: ends[0]] if done else parse_line(bytes(line), Columns()).codes  # type: ignore[union-attr]


def _has_surrogate(text: str) -> bool:
    return any(0xD800 <= ord(char) < 0xE000 for char in text)


@given(st.lists(st.integers(0, 30), max_size=20), st.integers(1, 64), st.booleans())
@settings(max_examples=60, deadline=None)
def test_parts_hold_every_line_once(tmp_path_factory: Any, sizes: list[int], part_bytes: int, ends: bool) -> None:
    path = tmp_path_factory.mktemp("parts") / "a.jsonl"
    lines = [bytes([65 + i % 26]) * size for i, size in enumerate(sizes)]
    path.write_bytes(b"\n".join(lines) + (b"\n" if ends else b""))
    found, reader = b"", PartReader(PADDING)
    for part in plan_parts([path], [path], part_bytes):
        data, size, _ = reader.read(part)
        assert data[size : size + PADDING] == b"\n" * PADDING
        found += bytes(data[:size])
    assert found == path.read_bytes()
