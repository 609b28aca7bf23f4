"""Errors that a caller can act on.

DetectorError
├── InputError          a file or record that can't be read (stage `read`)
├── DecodeError         bytes that are no text in any charset (stage `decode`)
├── SettingsError       a setting that is unknown or out of range
├── RuleError           a rule file that is wrong; names the file and the key
├── SchemeError         two sketches of different schemes were compared; names both
└── OutputError         the output folder can't be written, or holds something else
"""

from __future__ import annotations


class DetectorError(Exception):
    """Base of all errors that detector raises on purpose; the message says what, where and the remedy."""


class InputError(DetectorError):
    """A file or record that can't be read."""


class DecodeError(DetectorError):
    """Bytes that are no text in any charset."""


class SettingsError(DetectorError):
    """A setting that is unknown or out of range."""


class RuleError(DetectorError):
    """A rule file that is wrong."""


class SchemeError(DetectorError):
    """Two sketches of different schemes were compared."""


class OutputError(DetectorError):
    """The output folder can't be written, or holds something else."""
