"""Inputs into files, files into bytes: names, globs, packed and cut files, long lines."""

from __future__ import annotations

import gzip
import io
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import InputError
from detector.read.sources import Source, bounded_lines, expand, open_source, read_bounded
from detector.read.unpack import as_utf8, unpacked

TEXT = "茶园里的雾\n" * 50


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")


def names_of(*inputs: str | Path) -> list[str]:
    return [source.name for source in expand([str(i) for i in inputs])]


def test_folder_gives_known_files_below_it_sorted(tmp_path: Path) -> None:
    touch(tmp_path, "b.txt", "a/z.html", "a/b/c.MD", "a/skip.png", "data.jsonl.gz", "x.csv")
    assert names_of(tmp_path) == ["a/b/c.MD", "a/z.html", "b.txt", "data.jsonl.gz", "x.csv"]


def test_hidden_files_of_a_folder_are_left_out_but_read_by_name(tmp_path: Path) -> None:
    touch(tmp_path, "a.txt", ".hidden.txt", ".git/b.txt")
    assert names_of(tmp_path) == ["a.txt"]
    assert names_of(tmp_path / ".hidden.txt") == [".hidden.txt"]


def test_file_given_by_name_is_read_whatever_its_ending(tmp_path: Path) -> None:
    touch(tmp_path, "page.aspx", "README", "news.2024")
    assert names_of(*(tmp_path / n for n in ("page.aspx", "README", "news.2024"))) == ["page.aspx", "README", "news.2024"]


def test_suffix_is_that_of_the_content() -> None:
    made = {n: (s.suffix, s.packed) for n in ("a.jsonl.gz", "B.HTML", "c.zst", "d.tar.gz") for s in [_named(n)]}
    expected = {"a.jsonl.gz": (".jsonl", ".gz"), "B.HTML": (".html", ""), "c.zst": ("", ".zst"), "d.tar.gz": (".tar", ".gz")}
    assert made == expected


def _named(name: str) -> Source:
    from detector.read.sources import _source

    return _source(Path(name), name)


def test_same_file_named_twice_is_read_once(tmp_path: Path) -> None:
    touch(tmp_path, "sub/a.txt")
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "sub" / "a.txt")
    assert names_of(tmp_path / "sub", tmp_path / "sub" / "a.txt", tmp_path / "sub" / ".." / "sub" / "a.txt", link) == ["a.txt"]


def test_two_folders_with_the_same_name_in_them_give_two_sources(tmp_path: Path) -> None:
    touch(tmp_path, "one/a.txt", "two/a.txt")
    assert names_of(tmp_path / "one", tmp_path / "two") == ["a.txt", "a.txt"]


def test_glob_names_files_from_its_first_wildcard_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "pages/x/1.html", "pages/y/1.html", "pages/y/2.txt")
    assert names_of(f"{tmp_path}/pages/*/1.html") == ["x/1.html", "y/1.html"]
    assert names_of(f"{tmp_path}/pages/**/*.txt") == ["y/2.txt"]
    monkeypatch.chdir(tmp_path)
    assert names_of("pages/[xy]/?.html") == ["x/1.html", "y/1.html"]


def test_file_whose_name_looks_like_a_glob_is_that_file(tmp_path: Path) -> None:
    touch(tmp_path, "a[1].txt")
    assert names_of(tmp_path / "a[1].txt") == ["a[1].txt"]


@pytest.mark.parametrize("item", ["nowhere", "nowhere.txt", "*.none"])
def test_input_that_names_nothing_is_an_error_with_its_name(tmp_path: Path, item: str) -> None:
    with pytest.raises(InputError, match=item.replace("*", r"\*")):
        expand([str(tmp_path / item)])


def test_folder_without_a_known_file_says_what_is_known(tmp_path: Path) -> None:
    touch(tmp_path, "a.png")
    with pytest.raises(InputError, match=r"\.jsonl"):
        expand([tmp_path])


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has file names that are no text")
def test_file_name_that_is_no_text_gets_a_name_that_is(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/\xb2\xe8.txt"
    with open(raw, "wb") as file:
        file.write(TEXT.encode())
    assert [name.encode() for name in names_of(tmp_path)] == ["\ufffd\ufffd.txt".encode()]


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: data])
def test_packed_file_is_known_by_its_first_bytes(tmp_path: Path, pack: object) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(pack(TEXT.encode()))  # type: ignore[operator]
    with open_source(expand([path])[0]) as stream:
        assert stream.read().decode() == TEXT


def test_concatenated_gzip_members_are_one_stream() -> None:
    data = gzip.compress("甲\n".encode()) + gzip.compress("乙\n".encode())
    assert unpacked(io.BytesIO(data), "x").read().decode() == "甲\n乙\n"


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_what_stands_before_a_cut_is_read_and_the_cut_raises(kind: str) -> None:
    text = "".join(f"第{i}行 {hash((i, 'x')) & 0xFFFFFFFF:08x}\n" for i in range(20_000))
    pack = pytest.importorskip("zstandard").compress if kind == "zstd" else gzip.compress
    data = pack(text.encode())
    stream = unpacked(io.BytesIO(data[: len(data) * 3 // 4]), "x")
    lines: list[bytes] = []
    with pytest.raises(EOFError):
        lines.extend(stream)
    assert len(lines) > 10_000
    assert text.encode().startswith(b"".join(lines))


def test_zstd_frames_one_after_the_other() -> None:
    zstandard = pytest.importorskip("zstandard")
    data = zstandard.compress("甲".encode() * 100_000) + zstandard.compress("乙".encode())
    assert unpacked(io.BytesIO(data), "x").read().decode() == "甲" * 100_000 + "乙"


def test_zstd_without_its_package_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "zstandard", None)
    with pytest.raises(InputError, match="zstandard"):
        unpacked(io.BytesIO(b"\x28\xb5\x2f\xfd0000"), "a.jsonl.zst")


@pytest.mark.parametrize("charset", ["utf-16", "utf-32", "utf-8"])
def test_wide_charsets_become_utf8_by_their_mark(charset: str) -> None:
    stream = as_utf8(unpacked(io.BytesIO(TEXT.encode(charset)), "x"))
    assert stream.read().decode() == TEXT


# --- lines ------------------------------------------------------------------------------------------------------------


def plain(data: bytes, limit: int) -> list[tuple[int, bytes | None]]:
    """The plain splitter that `bounded_lines` must equal."""
    parts = data.split(b"\n")
    last = parts.pop()
    lines = [part.removesuffix(b"\r") for part in parts] + ([last] if last else [])
    return [(i, line if len(line) <= limit else None) for i, line in enumerate(lines, 1)]


@given(st.binary(max_size=60).map(lambda b: bytes(b"ab\r\n"[x % 4] for x in b)), st.integers(1, 8))
def test_bounded_lines_equals_a_plain_splitter(data: bytes, limit: int) -> None:
    assert list(bounded_lines(io.BufferedReader(io.BytesIO(data)), limit)) == plain(data, limit)  # type: ignore[arg-type]


def test_line_of_100_mb_takes_no_memory_and_the_next_one_is_read() -> None:
    pieces = iter([b"x" * (1 << 20)] * 100 + [b"\nok"])

    class Long(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            piece = next(pieces, b"")
            buffer[: len(piece)] = piece
            return len(piece)

    tracemalloc.start()
    lines = list(bounded_lines(io.BufferedReader(Long(), 1 << 20), 1 << 20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert lines == [(1, None), (2, b"ok")]
    assert peak < 8 << 20


def test_read_bounded_takes_the_limit_and_no_more() -> None:
    assert read_bounded(io.BytesIO(b"x" * 10), 10, "a") == b"x" * 10
    with pytest.raises(InputError, match="max_bytes = 9"):
        read_bounded(io.BytesIO(b"x" * 10), 9, "a")
