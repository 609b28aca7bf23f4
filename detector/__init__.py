"""Content-farm detector and article deduplicator for Chinese text."""

__version__ = "0.1.0"
