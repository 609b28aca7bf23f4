"""Turns escapes that were left as text, `\\u8054\\u76df` or `&amp;quot;`, into the characters that they stand for."""

from __future__ import annotations

import html
import re

from detector.text.edits import Edit

# Runs of escapes that hold Han or CJK punctuation; single ones and those of ASCII stand in text about programming.
_UNICODE = re.compile(r"(?:\\u[0-9a-fA-F]{4}|%u[0-9a-fA-F]{4}){2,}")
_NUMERIC = re.compile(r"(?:&(?:amp;)*#(?:[0-9]{5,6}|[xX][0-9a-fA-F]{4,5});){2,}")
_BYTES = re.compile(r"(?:\\x[0-9a-fA-F]{2}){6,}")
_ONE_UNICODE = re.compile(r"[\\%]u([0-9a-fA-F]{4})")
# An ampersand that was escaped again: `&amp;amp;`, `&amp;quot;`, `&amp;#39;`.
_ENTITY_NAMES = re.compile(r"&(?:amp;)+(?:amp|lt|gt|quot|apos|nbsp|middot|hellip|mdash|ndash|[lr][ds]quo|#\w+);")
_CJK = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")


def fix_unicode_escapes(text: str) -> list[Edit]:
    """Runs of `\\uXXXX`, `%uXXXX`, `\\xXX` or `&#NNNNN;` that spell at least two Chinese characters."""
    edits = []
    if "\\u" in text or "%u" in text:
        edits += [_edit(found, _read_unicode(found[0])) for found in _UNICODE.finditer(text)]
    if "\\x" in text:
        edits += [_edit(found, _read_bytes(found[0])) for found in _BYTES.finditer(text)]
    if "&#" in text or "&amp;" in text:
        edits += [_edit(found, _unescape(found[0])) for found in _NUMERIC.finditer(text)]
    edits = [edit for edit in edits if len(_CJK.findall(edit.after)) >= 2 and "\ufffd" not in edit.after]
    return sorted(edits, key=lambda edit: edit.start)


def fix_double_entities(text: str) -> list[Edit]:
    """Entities whose ampersand was escaped again, outside addresses (where `&amp;` joins parameters)."""
    if "&amp;" not in text:
        return []
    return [_edit(found, _unescape(found[0])) for found in _ENTITY_NAMES.finditer(text) if not _in_address(text, found.start())]


def _edit(found: re.Match[str], after: str) -> Edit:
    return Edit(found.start(), found[0], after)


def _read_unicode(run: str) -> str:
    units = b"".join(int(code, 16).to_bytes(2, "little") for code in _ONE_UNICODE.findall(run))
    return units.decode("utf-16-le", "replace")


def _read_bytes(run: str) -> str:
    """UTF-8, as programs print it; U+FFFD, so that it stays, for bytes of any other kind."""
    return bytes.fromhex(run.replace("\\x", "")).decode("utf-8", "replace")


def _unescape(run: str) -> str:
    for _ in range(8):  # each time one layer; nobody escapes more often
        plain = html.unescape(run)
        if plain == run:
            break
        run = plain
    return run


def _in_address(text: str, at: int) -> bool:
    """Whether `at` stands in a web address: no space or Han between it and a scheme."""
    head = text[max(0, at - 200) : at]
    scheme = head.rfind("://")
    return scheme >= 0 and re.search(r"[\s\u3000-\u9fff\"'<>]", head[scheme:]) is None
