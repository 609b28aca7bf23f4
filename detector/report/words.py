"""Terms of the program to plain words for a reader who isn't a programmer."""

from __future__ import annotations

from typing import Final

# Said of a line that was stripped; the labels of `detector.types.Label` that aren't body text.
LABEL_MEANING: Final = {
    "title": "the headline of the page",
    "heading": "a headline within the article",
    "body": "the article itself",
    "byline": "author, source, date and counts of views",
    "navigation": "menus, breadcrumbs, previous and next article",
    "caption": "text of a picture, or the title said once more",
    "teaser": "an introduction that the article then repeats",
    "related": "lists of other articles, with their headings",
    "disclaimer": "legal notices and their contact lines",
    "promotion": "calls to follow, download, scan a code",
    "spam": "injected keywords, such as gambling or adult terms",
}

RELATION_MEANING: Final = {
    "exact": "the same text once script, case, width and punctuation are set aside",
    "near": "most passages are shared",
    "contained": "one holds the other whole, or nearly",
    "templated": "the same outline with other names put in",
}


REPAIR_MEANING: Final = {
    "escape": "Characters spelled as escapes",
    "entity": "HTML entities escaped twice",
    "latin": "Chinese read as Western letters",
    "charset": "Text read in the wrong character set",
    "invisible": "Invisible characters between the words",
    "radical": "Radicals in place of characters",
    "homoglyph": "Foreign letters that look alike",
    "gbk-shift": "Bytes read one place off",
    "gloss-shift": "Pinyin glosses read one place off",
    "gloss": "Pinyin glosses behind characters",
    "toneless-gloss": "Readings strewn between the words",
    "override": "Words written backwards",
    "boxed": "Digits in boxes",
    "look-alike": "Words with a look-alike character",
    "split": "Words split by spaces or signs",
    "hole": "Deleted words filled in",
}

# Why a document was removed.
REASON_MEANING: Final = {
    "farm": "farm page",
    "empty": "without text",
    "exact": "identical to another document",
    "near": "near-copy of another document",
    "contained": "contained in a longer document",
    "templated": "one of many pages on a template",
}


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun.

    >>> plural(1, "page"), plural(1200, "page"), plural(2, "copy", "copies")
    ('1 page', '1,200 pages', '2 copies')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def chance(probability: float) -> str:
    """A probability in percent: never 0 or 100, since no page proves that much.

    >>> chance(0.98), chance(1.0), chance(0.0)
    ('98 %', '> 99.9 %', '< 0.1 %')
    """
    return percent(min(max(probability, 1e-9), 1 - 1e-9))


def percent(share: float) -> str:
    """A share in percent; only all and nothing are 100 and 0.

    >>> percent(0.5), percent(0.99996), percent(0.00001), percent(1.0)
    ('50 %', '> 99.9 %', '< 0.1 %', '100 %')
    """
    if share in (0.0, 1.0):
        return f"{share:.0%}".replace("%", " %")
    if share > 0.999:
        return "> 99.9 %"
    if share < 0.001:
        return "< 0.1 %"
    digits = 1 if share > 0.99 or share < 0.01 else 0
    return f"{100 * share:.{digits}f} %"


def signed(bits: float) -> str:
    """Bits with their sign, a true minus, and no negative zero.

    >>> signed(2.5), signed(-0.004), signed(-3)
    ('+2.5', '0.0', '−3.0')
    """
    rounded = round(bits, 1)
    if rounded == 0:
        return "0.0"
    return f"+{rounded:.1f}" if rounded > 0 else f"−{-rounded:.1f}"


def reason(name: str) -> str:
    """Why a document was removed, in words; a reason that isn't known here as it is.

    >>> reason("near"), reason("too short")
    ('near-copy of another document', 'too short')
    """
    return REASON_MEANING.get(name, name)


def spoken(name: str) -> str:
    """An id as words.

    >>> spoken("notice-free-mail"), spoken("model:link_density")
    ('Notice free mail', 'Model: link density')
    """
    words = name.replace("-", " ").replace("_", " ").replace(":", ": ").strip()
    return words[:1].upper() + words[1:]
