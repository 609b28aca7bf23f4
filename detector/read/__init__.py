"""Room of reading: files, folders, globs, streams and tables become records."""
