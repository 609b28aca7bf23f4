"""Turns the choices behind a sketch into a scheme with a digest: only sketches of one scheme can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from detector.errors import SchemeError, SettingsError
from detector.text.fold import FOLD_DIGEST

VERSION = 1  # raise it with any change of the hash or of the sketch, and say so in the CHANGELOG


@dataclass(frozen=True)
class Scheme:
    """How texts become sketches.

    A text of at least `short_under` kept characters is cut into shingles of `shingle` characters, a shorter one
    into shingles of `short_shingle`, since in a title a single edit breaks every longer shingle around it.
    `slots` must be a power of two from 2 to 65,536.
    """

    shingle: int = 5
    slots: int = 128
    seed: int = 1
    short_shingle: int = 3
    short_under: int = 200

    def __post_init__(self) -> None:
        if not 2 <= self.slots <= 1 << 16 or self.slots & (self.slots - 1):
            raise SettingsError(f"slots={self.slots}: must be a power of two from 2 to 65536; use 64, 128 or 256")
        if not 1 <= self.short_shingle <= self.shingle <= 64:
            raise SettingsError(
                f"shingle={self.shingle}, short_shingle={self.short_shingle}: need 1 <= short_shingle <= shingle <= 64"
            )
        if self.short_under < self.shingle:
            raise SettingsError(f"short_under={self.short_under} is less than shingle={self.shingle}; raise it")

    @cached_property
    def digest(self) -> str:
        """15 hexadecimal digits over everything that changes a sketch (60 bits fit the seed of a datasketch object)."""
        parts = (
            VERSION, FOLD_DIGEST, self.shingle, self.slots, self.seed, self.short_shingle, self.short_under,
        )  # fmt: skip
        return blake2b(repr(parts).encode(), digest_size=8).hexdigest()[:15]

    @cached_property
    def shift(self) -> int:
        """Bits of a 32-bit hash below those that choose the slot."""
        return 32 - (self.slots.bit_length() - 1)

    @cached_property
    def multipliers(self) -> NDArray[np.uint64]:
        """uint64[shingle + 1] or more, odd: coefficients of the multilinear hash (Carter and Wegman 1979)."""
        words = [
            blake2b(f"{self.seed}/{i}".encode(), digest_size=8, person=b"detector-dup").digest()
            for i in range(max(self.shingle, 5) + 1)
        ]
        return np.frombuffer(b"".join(words), dtype="<u8") | np.uint64(1)

    def shingle_for(self, n_chars: int) -> int:
        """Shingle length of a text of `n_chars` kept characters."""
        return self.short_shingle if n_chars < self.short_under else self.shingle


def require_same(a: str, b: str) -> None:
    """Raise SchemeError that names both digests unless they are one."""
    if a != b:
        raise SchemeError(f"sketches of scheme {a} and scheme {b} can't be compared; make both with one scheme")
