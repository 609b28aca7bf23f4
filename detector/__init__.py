"""Content-farm detector and article deduplicator for Chinese text.

import detector

doc = detector.clean(html_or_text)           # Document: text, lines, repairs
verdict = detector.judge(doc)                # Verdict: farm, probability, evidence
result = detector.scan(records_or_paths)     # Result: documents, pairs, clusters, templates, sites
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detector.api import Result, clean, judge, scan
    from detector.errors import DetectorError
    from detector.settings import Settings, load_settings
    from detector.types import Document, Evidence, Family, Line, Pair, Record, Repair, Verdict

__version__ = "0.1.0"
__all__ = [
    "DetectorError",
    "Document",
    "Evidence",
    "Family",
    "Line",
    "Pair",
    "Record",
    "Repair",
    "Result",
    "Settings",
    "Verdict",
    "__version__",
    "clean",
    "judge",
    "load_settings",
    "scan",
]


def __getattr__(name: str) -> Any:
    """The names of the library, loaded on first use: the command line answers at once."""
    if name in __all__:
        for module in ("detector.errors", "detector.settings", "detector.types", "detector.api"):
            found = getattr(import_module(module), name, None)
            if found is not None:
                return found
    raise AttributeError(f"module 'detector' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
