"""A rule's pattern into literals of which one stands in every match, and from them the anchors that its file lacks.

python tools/cover_anchors.py            the rules whose anchors hide a possible match
python tools/cover_anchors.py --write    and the missing anchors added to the files of document rules
"""

from __future__ import annotations

import argparse
import re
import re._constants as code  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterable
from itertools import product
from typing import Any

from detector.rules import Rule, load_rules, rules_folder

MAX_STRINGS = 400  # of one set of literals
MAX_CHARS = 6  # of an anchor that is added: longer ones only make the file longer


def literals_of(rule: Rule) -> frozenset[str]:
    """Strings of which one stands in every match of the pattern, as many as can be with an anchor in them.

    Empty where none can be told.
    """
    assert rule.pattern is not None
    items = parser.parse(rule.pattern.pattern, rule.pattern.flags)
    return _best(_factors(items, rule.anchors), rule.anchors)


def missing(rule: Rule) -> list[str]:
    """Literals that a match may hold without holding any anchor of the rule."""
    return sorted(text for text in literals_of(rule) if not _covered(text, rule.anchors))


def _covered(text: str, anchors: tuple[str, ...]) -> bool:
    return any(anchor in text for anchor in anchors)


def _factors(items: Iterable[Any], anchors: tuple[str, ...]) -> list[frozenset[str]]:
    """Sets of which each has a member in every match: one for each run of literals, and those of required groups."""
    found: list[frozenset[str]] = []
    run = [""]
    for item in items:
        strings = _strings(item)
        grown = [a + b for a, b in product(run, strings)] if strings else []
        if grown and len(grown) <= MAX_STRINGS:
            run = grown
            continue
        found.append(frozenset(run))
        run = strings if strings and len(strings) <= MAX_STRINGS else [""]
        if not strings:
            found += _inside(item, anchors)
    return [*found, frozenset(run)]


def _inside(item: Any, anchors: tuple[str, ...]) -> list[frozenset[str]]:
    op, value = item
    if op is code.SUBPATTERN:
        return _factors(value[3], anchors)
    if op in (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT):
        return _factors(value[2], anchors) if value[0] > 0 else []
    if op is code.ATOMIC_GROUP:
        return _factors(value, anchors)
    if op is code.BRANCH:
        best = [_best(_factors(branch, anchors), anchors) for branch in value[1]]
        union = frozenset().union(*best)
        return [union] if all(best) and len(union) <= MAX_STRINGS * 4 else []
    return []


def _strings(item: Any) -> list[str]:
    """All strings that an item can match, where they are few; nothing otherwise."""
    op, value = item
    if op is code.LITERAL:
        return [chr(value)]
    if op in (code.AT, code.ASSERT, code.ASSERT_NOT):
        return [""]
    if op is code.IN and all(each is code.LITERAL for each, _ in value) and len(value) <= 12:
        return [chr(char) for _, char in value]
    if op is code.SUBPATTERN:
        return _sequence(value[3])
    if op is code.BRANCH:
        parts = [_sequence(branch) for branch in value[1]]
        return sorted({text for part in parts for text in part}) if all(parts) else []
    if op in (code.MAX_REPEAT, code.MIN_REPEAT) and value[:2] == (0, 1):
        inner = _sequence(value[2])
        return ["", *inner] if inner else []
    return []


def _sequence(items: Iterable[Any]) -> list[str]:
    made = [""]
    for item in items:
        strings = _strings(item)
        made = [a + b for a, b in product(made, strings)]
        if not made or len(made) > MAX_STRINGS:
            return []
    return made


def _best(sets: list[frozenset[str]], anchors: tuple[str, ...]) -> frozenset[str]:
    """The set that lacks the fewest anchors; of equals the one whose shortest literal is longest, then the smallest."""

    def rank(texts: frozenset[str]) -> tuple[int, int, int, list[str]]:
        lacking = sum(not _covered(text, anchors) for text in texts)
        return lacking, -min(min(map(len, texts)), 2), len(texts), sorted(texts)

    usable = [texts for texts in sets if texts and all(texts)]
    return min(usable, key=rank) if usable else frozenset()


def write(rule: Rule, texts: list[str]) -> None:
    """Add anchors to a rule's file."""
    path = rules_folder() / f"{rule.id}.toml"
    source = path.read_text(encoding="utf-8")
    listed = "".join(f', "{text}"' for text in sorted({text[:MAX_CHARS] for text in texts}))
    source = re.sub(r"(?ms)^(anchors = \[.*?\"),?\s*\]$", lambda match: match[1] + listed + "]", source, count=1)
    path.write_text(source, encoding="utf-8")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--write", action="store_true")
    wanted = options.parse_args().write
    for rule in load_rules().rules:
        if rule.pattern is None:
            continue
        texts = missing(rule)
        if not literals_of(rule):
            print(f"{rule.id}: no literal stands in every match")
        elif texts:
            print(f"{rule.id}: {' '.join(map(repr, texts))}")
            if wanted and rule.label is None:
                write(rule, texts)


if __name__ == "__main__":
    main()
