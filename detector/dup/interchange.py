"""Turns sketches into MinHash objects of datasketch and back, for its LSH, Forest and Ensemble containers.

The objects carry the slot values as hash values and the scheme as seed, so that datasketch itself refuses to compare
two schemes. Only comparing methods make sense on them: `update` would mix in hashes of another kind.
"""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING

import numpy as np

from detector.dup.sketch import EMPTY
from detector.types import Sketch

if TYPE_CHECKING:
    from datasketch import MinHash


def to_datasketch(sketch: Sketch) -> MinHash:
    """A datasketch MinHash that agrees with another one as often as the two sketches do."""
    from datasketch import MinHash

    slots = len(sketch.values)
    # Identity permutations mark the object as ours; no method but `update` looks at them.
    identity = (np.ones(slots, dtype=np.uint64), np.zeros(slots, dtype=np.uint64))
    # datasketch 2 wants to know how values were made, datasketch 1 does not know the question.
    scheme = {"scheme": "affine32"} if "scheme" in signature(MinHash.__init__).parameters else {}
    seed = int(sketch.scheme, 16)
    values = sketch.values.astype(np.uint64)
    return MinHash(num_perm=slots, seed=seed, hashvalues=values, permutations=identity, **scheme)


def from_datasketch(minhash: MinHash) -> Sketch:
    """The sketch of a MinHash; its `n_shingles` is an estimate, its `exact_digest` empty.

    An object of datasketch's own hashing becomes a sketch of a scheme named after it: comparing it with ours raises
    SchemeError, comparing two such is fine.
    """
    values = minhash.hashvalues.astype(np.uint32)
    n_shingles = 0 if (values == EMPTY).all() else max(1, round(float(minhash.count())))
    return Sketch(_scheme_name(minhash), values, n_shingles, b"")


def _scheme_name(minhash: MinHash) -> str:
    ours = bool((minhash.permutations[0] == 1).all() and (minhash.permutations[1] == 0).all())
    return f"{minhash.seed:015x}" if ours else f"datasketch-{getattr(minhash, 'scheme', 'legacy')}-{minhash.seed}"
