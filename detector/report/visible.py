"""Untrusted text to text that can be shown: nothing invisible, nothing that reorders, nothing that can't be encoded."""

from __future__ import annotations

import re

# Joiners of emoji (U+200D, U+FE0F) stay; whatever else is invisible, reorders or can't be encoded is spelled out.
_UNSHOWABLE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls but tab and newline; an escape would drive a terminal
    "\u00ad\u061c\u180e"  # soft hyphen, Arabic letter mark, Mongolian vowel separator
    "\u200b\u200c\u200e\u200f"  # zero-width space and non-joiner, direction marks
    "\u2028-\u202e\u2060-\u206f"  # line separators, bidi embeddings and isolates, invisible operators
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"  # noncharacters, byte order mark, annotations
    "\ud800-\udfff"  # lone surrogates: no UTF-8 for them
    "\U000e0000-\U000e007f"  # tags
    "]"
)


def _spell(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"[U+{code:04X}]"


def visible(text: str) -> str:
    """Spell out every character that a reader would not see or that would act on the page or terminal.

    >>> visible("借\\u202e款\\x00")
    '借[U+202E]款␀'
    """
    return _UNSHOWABLE.sub(_spell, text)


def one_line(text: str) -> str:
    """`visible`, with line ends and tabs shown as signs, so that a quote stays on one line.

    >>> one_line("一\\n二")
    '一↵二'
    """
    return visible(text.replace("\r\n", "\n").replace("\n", "↵").replace("\t", "⇥"))


def clip(text: str, limit: int) -> str:
    """The first `limit` characters, with an honest count of the rest.

    >>> clip("一二三四五", 3)
    '一二三… (+2 characters)'
    """
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… (+{len(text) - limit:,} characters)"


def clip_middle(text: str, limit: int) -> str:
    """Head and tail of `text`, about `limit` characters together.

    >>> clip_middle("一二三四五六七八", 4)
    '一二…七八'
    """
    if len(text) <= limit:
        return text
    half = max(1, limit // 2)
    return f"{text[:half]}…{text[-half:]}"
