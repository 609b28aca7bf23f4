"""Frozen dataclasses become MessagePack bytes and come back equal, NumPy arrays among them."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

import msgspec
import numpy as np

T = TypeVar("T")


def pack(value: Any) -> bytes:
    """`value` as bytes: the same bytes for equal values."""
    return _encoder().encode(value)


def unpack(kind: type[T], data: bytes | memoryview) -> T:
    """The value that `pack` was given, checked against the types of `kind`."""
    value: T = _decoder(kind).decode(data)  # type: ignore[arg-type]
    return value


def _to_plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return {"dtype": value.dtype.descr if value.dtype.fields else value.dtype.str, "data": value.tobytes()}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, frozenset):
        return sorted(value)
    raise NotImplementedError(f"no encoding for {type(value).__name__}")


def _from_plain(kind: type, value: Any) -> Any:
    kind_of_item = value["dtype"]
    if not isinstance(kind_of_item, str):  # a structured array: its columns
        kind_of_item = [tuple(column) for column in kind_of_item]
    return np.frombuffer(value["data"], dtype=kind_of_item)


@cache
def _encoder() -> msgspec.msgpack.Encoder:
    return msgspec.msgpack.Encoder(enc_hook=_to_plain, order="deterministic")


@cache
def _decoder(kind: type[T]) -> msgspec.msgpack.Decoder[T]:
    return msgspec.msgpack.Decoder(kind, dec_hook=_from_plain)
