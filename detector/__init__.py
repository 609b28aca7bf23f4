"""Content-farm detector and article deduplicator for Chinese text."""

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in ("clean", "judge", "scan", "Result"):
        import detector.api

        return getattr(detector.api, name)
    raise AttributeError(f"module 'detector' has no attribute {name!r}")
