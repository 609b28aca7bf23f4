"""What the tags and the class and id words of a page say about the text in them, as bits that add up down the tree."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Bits of Block.flags. The first group comes from tags, the second from class and id words.
(
    LIST,
    TABLE,
    NAV,
    HEADER,
    FOOTER,
    ASIDE,
    ARTICLE,
    MAIN,
    FORM,
    BUTTON,
    FIGURE,
    QUOTE,
    PRE,
    PARAGRAPH,
    CELL,
    ALT,
    BOLD,
) = (1 << n for n in range(17))
(
    W_CONTENT,
    W_TITLE,
    W_META,
    W_NAV,
    W_RELATED,
    W_COMMENT,
    W_FOOT,
    W_SHARE,
    W_AD,
    W_LIST,
    W_SIDE,
    W_IMAGE,
    W_PAGER,
) = (1 << n for n in range(17, 30))
FLAG_NAMES = [
    "list",
    "table",
    "nav",
    "header",
    "footer",
    "aside",
    "article",
    "main",
    "form",
    "button",
    "figure",
    "quote",
    "pre",
    "paragraph",
    "cell",
    "alt",
    "bold",
    "w_content",
    "w_title",
    "w_meta",
    "w_nav",
    "w_related",
    "w_comment",
    "w_foot",
    "w_share",
    "w_ad",
    "w_list",
    "w_side",
    "w_image",
    "w_pager",
]

TAG_FLAGS: Mapping[str, int] = {
    "li": LIST, "dd": LIST, "dt": LIST, "ul": LIST, "ol": LIST, "dl": LIST, "table": TABLE, "td": CELL, "th": CELL,
    "nav": NAV, "menu": NAV, "header": HEADER, "footer": FOOTER, "aside": ASIDE, "article": ARTICLE, "main": MAIN,
    "form": FORM, "fieldset": FORM, "button": BUTTON, "figure": FIGURE, "figcaption": FIGURE,
    "caption": FIGURE, "blockquote": QUOTE, "pre": PRE, "p": PARAGRAPH, "h1": BOLD, "h2": BOLD, "h3": BOLD, "h4": BOLD,
    "h5": BOLD, "h6": BOLD,
}  # fmt: skip

# Words (English and pinyin) that sites put into class and id, found anywhere in them.
_WORDS: Mapping[int, str] = {
    W_CONTENT: "article artical artibody content contents contenttext body text story entry post main zhengwen neirong zoom "
    "detail rich_media markdown paragraph",
    W_TITLE: "title headline biaoti subject heading",
    W_META: "meta byline author date time source info laiyuan pubtime publish editor tool",
    W_NAV: "nav menu crumb breadcrumb tabs tab topbar toolbar channel daohang header head top logo search login weizhi sitemap",
    W_RELATED: "related relate relative relevant recommend rec more hot rank xiangguan tuijian guess similar latest "
    "popular trending readmore xgxw",
    W_COMMENT: "comment comments reply replies disqus pinglun discuss message bbs",
    W_FOOT: "footer foot copyright bottom dibu legal disclaimer beian declare statement",
    W_SHARE: "share social weibo bshare jiathis qrcode follow like digg subscribe favor",
    W_AD: "ad ads adv advert banner sponsor promo promotion guanggao popup modal cookie",
    W_LIST: "list ul item items newslist",
    W_SIDE: "side sidebar right left aside col widget",
    W_IMAGE: "img image pic photo caption picture gallery slide slider figure swiper",
    W_PAGER: "page pager paging pagination pages prev next",
}
WORD_BITS = {word: bit for bit, words in _WORDS.items() for word in words.split()}
_SHORT = sorted((w for w in WORD_BITS if len(w) <= 4), key=len, reverse=True)
_LONG = sorted((w for w in WORD_BITS if len(w) > 4), key=len, reverse=True)
# Short words count only where a word starts and ends (a capital, digit, dash or underscore cuts): `ad` is not in `head`.
_WORD = re.compile("|".join(_LONG) + r"|(?<![a-z])(?:" + "|".join(_SHORT) + ")(?![a-z])")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
POSITIVE = W_CONTENT | W_TITLE
NEGATIVE = W_NAV | W_RELATED | W_COMMENT | W_FOOT | W_SHARE | W_AD | W_SIDE | W_PAGER


def word_flags(names: str) -> int:
    """The W_ bits of the class and id words of one element.

    >>> word_flags("articleContent") == W_CONTENT, word_flags("related-list") == W_RELATED | W_LIST, word_flags("thread")
    (True, True, 0)
    """
    flags = 0
    if not names.islower():
        names = _CAMEL.sub("-", names).lower()
    for word in _WORD.findall(names):
        flags |= WORD_BITS[word]
    return flags


BLOCK_TAGS = frozenset(
    [
        "address",
        "amp-sidebar",
        "article",
        "aside",
        "blockquote",
        "body",
        "button",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "frameset",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "html",
        "iframe",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "noframes",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "td",
        "th",
        "tr",
        "ul",
    ]
)
# Never text for a reader; `noscript` and `template` are read as hidden text.
SKIPPED_TAGS = frozenset(
    [
        "script",
        "style",
        "link",
        "meta",
        "head",
        "base",
        "canvas",
        "frame",
        "object",
        "embed",
        "applet",
        "audio",
        "video",
        "map",
        "area",
        "select",
        "option",
        "optgroup",
        "datalist",
        "textarea",
        "input",
        "svg",
        "math",
        "source",
        "track",
        "param",
        "progress",
        "meter",
        "iframe",
    ]
)
HEADING_LEVELS: Mapping[str, int] = {f"h{level}": level for level in range(1, 7)}
# Taken out of the tree before it is walked: they change neither blocks nor links.
INLINE_TAGS = frozenset(
    [
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "blink",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "marquee",
        "nobr",
        "q",
        "rb",
        "rp",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
        "tbody",
        "thead",
        "tfoot",
        "noscript",
        "template",
    ]
)
CONTAINER_TAGS = frozenset(
    [
        "body",
        "div",
        "td",
        "th",
        "article",
        "section",
        "main",
        "center",
        "form",
        "table",
        "ul",
        "ol",
        "dl",
        "aside",
        "header",
        "footer",
        "nav",
        "blockquote",
        "details",
    ]
)
