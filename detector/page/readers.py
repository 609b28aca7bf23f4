"""Finds what readers have said below an article: it goes, while the replies of a thread are what its page is about."""

from __future__ import annotations

import re

from detector.page import markup
from detector.page.draft import Draft

MIN_ARTICLE = 40  # units of running text above the comments that are no comments themselves
MAX_HEAD_UNITS = 16
HEAD_ABOVE = 3  # lines above the first one that the markup calls a comment
# Threads and questions have replies and answers (回复, 回帖, 楼, 回答), never a heading that says comments.
_HEAD = re.compile(
    r"""
    (?:全部|所有|最新|热门|熱門|精彩|网友|網友|用户|用戶|读者|讀者|我要|发表|發表|文章|商品|大家)\s?
    (?:评论|評論|评价|評價|留言|热评|跟帖)
  | ^[共已]?有?\s?[(（]?\d*[)）]?\s*(?:条|條|个|個)?\s*
    (?:评论|評論|评价|評價|留言|跟帖)\s*[(（:：]?\s*[\d,.万千+]*\s*[条條]?[)）]?$
  | ^(?:reader\s|user\s|latest\s|\d+\s)?comments?\b | ^leave\sa\s(?:comment|reply)\b
    """,
    re.VERBOSE | re.IGNORECASE,
)


def is_comments_heading(text: str) -> bool:
    """Whether a short line stands over the comments of readers.

    >>> [is_comments_heading(t) for t in ("全部评论 312", "评论(36)", "共207条评论", "12 Comments", "23 条回复", "影评")]
    [True, True, True, True, False, False]
    """
    return _HEAD.search(text.strip()) is not None


def drop_comments(draft: Draft, keep: list[bool]) -> None:
    """Below such a heading, and below an article, goes what the markup calls comments."""
    flagged = [row for row in range(len(draft)) if draft.flags[row] & markup.W_COMMENT]
    if not flagged:
        return
    heads = sorted({*range(max(0, flagged[0] - HEAD_ABOVE), flagged[0]), *flagged})
    head = next((row for row in heads if draft.units[row] <= MAX_HEAD_UNITS and is_comments_heading(draft.texts[row])), None)
    if head is None:
        return
    article = sum(draft.prose[row] for row in range(head) if keep[row] and not draft.flags[row] & markup.W_COMMENT)
    if article < MIN_ARTICLE:
        return
    for row in flagged:
        if row >= head and keep[row]:
            keep[row] = False
            draft.named[row] = "navigation"
            draft.why[row] = ("line:readers-comment",)
