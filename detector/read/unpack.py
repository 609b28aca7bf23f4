"""A packed or recoded stream becomes a buffered stream of the bytes in it."""

from __future__ import annotations

import codecs
import gzip
import io
from typing import Any, BinaryIO, TextIO

from detector.errors import InputError

_PIECE = 1 << 20
_UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF32_BOMS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


def unpacked(raw: Any, name: str) -> BinaryIO:
    """A buffered stream of what `raw` holds; gzip and zstd are known by their first bytes, not by the name.

    What was whole before a cut can be read; at the cut the stream raises EOFError.

    Raises:
        InputError: it is zstd and `zstandard` is not installed.
    """
    stream = _Stream(raw)
    magic = stream.peek(4)[:4]
    if magic[:2] == b"\x1f\x8b":
        return _Stream(InSteps(gzip.GzipFile(fileobj=stream)), stream)
    if magic == b"\x28\xb5\x2f\xfd":
        return _open_zstd(stream, name)
    return stream


class _Stream(io.BufferedReader):
    """A buffer over `content` that closes `packed`, the stream it is unpacked from, with itself."""

    def __init__(self, content: Any, packed: BinaryIO | None = None) -> None:
        super().__init__(content, _PIECE)
        self._packed = packed

    def close(self) -> None:
        super().close()
        if self._packed is not None:
            self._packed.close()


class InSteps(io.RawIOBase):
    """A stream read one step at a time, so that an error at its end takes nothing with it that was unpacked before."""

    def __init__(self, content: Any) -> None:
        self._content = content
        self._position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data: bytes = self._content.read1(len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def tell(self) -> int:
        return self._position  # readers of archives ask for it even where the stream can't seek


class _Recoded(io.RawIOBase):
    """A text stream as UTF-8 bytes."""

    def __init__(self, text: TextIO) -> None:
        self._text = text

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._text.read(len(buffer) // 4).encode("utf-8", "replace")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        super().close()
        self._text.close()


def as_utf8(stream: BinaryIO) -> BinaryIO:
    """A stream of UTF-16 or UTF-32 that says so by its mark, as UTF-8; any other as it is."""
    head: bytes = stream.peek(4)[:4]  # type: ignore[attr-defined]
    charset = "utf-32" if head in _UTF32_BOMS else "utf-16" if head[:2] in _UTF16_BOMS else None
    if charset is None:
        return stream
    return _Stream(_Recoded(io.TextIOWrapper(stream, encoding=charset, errors="replace", newline="")), stream)


def _open_zstd(stream: BinaryIO, name: str) -> BinaryIO:
    try:
        import zstandard  # optional
    except ImportError as error:
        stream.close()
        message = f"{name}: zstd input needs the package zstandard: pip install 'content-farm-detector[zstd]'"
        raise InputError(message) from error
    return _Stream(_ZstdFrames(stream, zstandard.ZstdDecompressor()), stream)


class _ZstdFrames(io.RawIOBase):
    """The content of zstd frames; one that is cut short raises EOFError, which the package's own stream does not."""

    def __init__(self, packed: BinaryIO, decompressor: Any) -> None:
        self._packed = packed
        self._decompressor = decompressor
        self._frame: Any = None
        self._rest = b""  # packed bytes of the next frame
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            data = self._rest or self._packed.read(_PIECE >> 4)
            if not data and self._frame is not None:
                raise EOFError("zstd frame ended early")
            if not data:
                return 0
            self._frame = self._frame or self._decompressor.decompressobj()
            self._ready = memoryview(self._frame.decompress(data))
            self._rest = self._frame.unused_data
            self._frame = None if self._frame.eof else self._frame
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size
