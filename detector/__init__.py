"""Content-farm detector and article deduplicator for Chinese text."""
