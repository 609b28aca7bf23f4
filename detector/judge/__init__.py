"""Evidence and verdict: what a document and its relations show, and how likely it is a farm page."""

import sys
from types import ModuleType
from typing import Any


class _Room(ModuleType):
    """This room shares its name with the library call `detector.judge(document)`, so it can be called as that."""

    def __call__(self, document: Any) -> Any:
        from detector.api import judge  # the library stands after this room

        return judge(document)


sys.modules[__name__].__class__ = _Room
