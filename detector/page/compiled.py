"""Turns plain functions into compiled ones, kept in a cache on disk; importing this module imports Numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """Numba's `njit` without the GIL, cached where a cache can be had; else compiled anew in each process."""
    try:
        return cast(_Function, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # "cannot cache function: no locator available": no folder is writable
        return cast(_Function, numba.njit(nogil=True)(function))
