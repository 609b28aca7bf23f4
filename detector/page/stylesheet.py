"""Turns the style sheets in a page into the elements that they hide, in time linear in both."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from detector.page.hidden import declarations, hidden_by, may_hide

# A block, in lower case, without any of these neither hides nor shows again what another one hides.
_HINT = re.compile(
    r"[{;\s](?:display|visibility|opacity|content-visibility|clip|transform|overflow|background|color\s*:\s*transparent"
    r"|font-size\s*:\s*(?:[01]?\.|[01](?!\d))"
    r"|(?:text-indent|left|top|right|bottom|inset-inline-start|margin-left|margin-top)\s*:\s*-)"
)
_SHOWS_HINT = re.compile("display|visibility|opacity", re.IGNORECASE)
_SHOWS = frozenset(["display", "visibility", "opacity"])  # what one rule may undo of another
_OTHER_MEDIA = re.compile(r"\b(?:print|speech|max-width|max-device-width|orientation)")
_BRACE = re.compile(r"[{}]")
# Roughly the classes and ids of a selector; one that this cuts wrongly is no plain selector and left out later.
_WORD = re.compile(r"[.#]([\w\u0080-\uffff-]+)")
_PART = re.compile(r"([.#])([^.#]+)")
_COMPOUND = re.compile(r"([a-zA-Z][\w-]*)?((?:[.#][\w\u0080-\uffff-]+)*)$")
MAX_MEDIA_QUERY = 1000  # characters
MANY = 100  # rules; fewer need no counts
MAX_CHECKS = 200_000  # ancestors and rules looked at in one page; what is left then counts as shown


class Facts(NamedTuple):
    """What simple selectors ask of an element; all elements with the same answers share one key of a page."""

    tag: str
    classes: AbstractSet[str]
    element_id: str | None


class Elements(Protocol):
    """The elements of a page, whatever they are: those of an lxml tree, or rows of a scan."""

    def key(self, element: Any, /) -> Any: ...
    def facts(self, element: Any, /) -> Facts: ...
    def parent(self, element: Any, /) -> Any: ...  # None above the root
    def named(self) -> tuple[Sequence[Names], Callable[[int], Sequence[Any]]]: ...  # each class and id, and who has them
    def telling_blocks(self, sheet: str, /) -> Iterable[tuple[str, str]]: ...  # see the function of this name
    def of_tags(self, tags: Sequence[str], /) -> Iterable[Any]: ...  # in document order


Names = tuple[str, str]  # class and id of an element, empty where it has none


@dataclass(frozen=True, slots=True)
class Compound:
    """One simple selector such as `div.note#first`."""

    tag: str
    classes: frozenset[str]
    ids: frozenset[str]

    def matches(self, facts: Facts) -> bool:
        if self.tag and facts.tag != self.tag:
            return False
        return (not self.ids or facts.element_id in self.ids) and self.classes <= facts.classes


@dataclass(frozen=True, slots=True)
class Rule:
    """A selector of the page's own style sheet that hides, or that shows again what another one hides."""

    chain: tuple[Compound, ...]
    hides: str | None
    rank: tuple[int, int]  # specificity, order: the highest wins

    def keys(self) -> list[str]:
        """The ids, else the classes, else the tag that an element must have: `#a`, `.b` or `div`."""
        last = self.chain[-1]
        return ["#" + name for name in last.ids] or ["." + name for name in sorted(last.classes)] or [last.tag]


def hidden_by_sheets(sheets: Sequence[str], page: Elements) -> Iterator[tuple[Any, str]]:
    """The elements that style sheets hide, by their names and then by their tags, with TOGGLED or FOR_GOOD.

    Selectors with states, attributes or siblings are left out: they hide on an occasion only.
    """
    groups, members = page.named()
    words = set(" ".join([classes for classes, _ in groups]).split())
    words.update([element_id for _, element_id in groups])
    rules, hiding = style_rules(sheets, words, page.telling_blocks)
    if not hiding:
        return
    index = _Index([rule for rule in rules if not hiding.isdisjoint(rule.keys())], groups, page)
    class_keys = {key[1:] for key in hiding if key[:1] == "."}
    id_keys = {key[1:] for key in hiding if key[:1] == "#"}
    for number, (classes, element_id) in enumerate(groups):
        if element_id in id_keys or not class_keys.isdisjoint(classes.split()):
            yield from index.hidden(members(number))
    tags = sorted(key for key in hiding if key[:1] not in ".#")
    yield from index.hidden(page.of_tags(tags) if tags else ())


def style_rules(
    sheets: Iterable[str], words: AbstractSet[str], blocks: Callable[[str], Iterable[tuple[str, str]]]
) -> tuple[list[Rule], set[str]]:
    """The rules that hide, or show again, and whose classes and ids all stand among the words that the page uses.

    Also the keys under which one of them hides.
    """
    found: dict[tuple[Compound, ...], Rule] = {}
    hiding: set[str] = set()
    order = 0
    for sheet in sheets:
        for selectors, block in blocks(_without_media(_without_comments(sheet))):
            reachable = [part for part in selectors.split(",") if words >= set(_WORD.findall(part))]
            if not reachable:
                continue
            may = may_hide(block)
            says = declarations(block) if may or _SHOWS_HINT.search(block) else {}
            hides = hidden_by(says) if may else None
            if hides is None and _SHOWS.isdisjoint(says):
                continue
            for selector in reachable:
                chain = _chain(selector)
                if chain:
                    order += 1
                    rule = Rule(chain, hides, (_specificity(chain), order))
                    found[chain] = rule  # the last of equal selectors wins
                    hiding.update(rule.keys() if hides else ())
    return list(found.values()), hiding


def _without_comments(sheet: str) -> str:
    pieces: list[str] = []
    start = 0
    while True:
        at = sheet.find("/*", start)
        end = sheet.find("*/", at + 2) if at >= 0 else -1
        if end < 0:
            return "".join((*pieces, sheet[start:]))
        pieces.append(sheet[start:at])
        start = end + 2


def _without_media(sheet: str) -> str:
    """A sheet without what holds for other media than a screen."""
    pieces: list[str] = []
    kept = start = 0
    while (at := sheet.find("@media", start)) >= 0:
        start = at + 6
        brace = sheet.find("{", at, at + MAX_MEDIA_QUERY)
        if brace < 0 or not _OTHER_MEDIA.search(sheet, start, brace):
            continue
        end = _end_of_media(sheet, brace + 1)
        if end is not None:
            pieces.append(sheet[kept:at])
            kept = start = end
    return "".join((*pieces, sheet[kept:])) if pieces else sheet


def _end_of_media(sheet: str, start: int) -> int | None:
    """Where the blocks end that are nested once; None where the braces don't match."""
    inside = False
    for brace in _BRACE.finditer(sheet, start):
        if brace[0] == "{":
            if inside:
                return None
            inside = True
        elif not inside:
            return brace.end()
        else:
            inside = False
    return None


def telling_blocks(sheet: str) -> Iterator[tuple[str, str]]:
    """Selectors and declarations of the innermost blocks that could say something about what is shown."""
    end = 0
    lower = sheet.lower()
    if len(lower) != len(sheet):  # a capital that is two characters in lower case
        lower = sheet
    while (hint := _HINT.search(lower, end)) is not None:
        start, end = max(sheet.rfind("}", end, hint.start()) + 1, end), sheet.find("}", hint.end())
        if end < 0:
            return
        head, brace, block = sheet[start:end].rpartition("{")
        if brace:
            yield head[head.rfind("{") + 1 :], block
        end += 1


def _chain(selector: str) -> tuple[Compound, ...]:
    """The parts of a selector, the element's own last; empty where one of them is not plain."""
    matches = [_COMPOUND.match(part) for part in selector.replace(">", " ").split()]
    return tuple(_compound(m[1] or "", m[2]) for m in matches if m is not None) if all(matches) else ()


def _compound(tag: str, rest: str) -> Compound:
    names = _PART.findall(rest)
    return Compound(
        tag.lower(),
        frozenset(n for kind, n in names if kind == "."),
        frozenset(n for kind, n in names if kind == "#"),
    )


def _specificity(chain: Sequence[Compound]) -> int:
    return sum(100 * len(c.ids) + 10 * len(c.classes) + bool(c.tag) for c in chain)


class _Index:
    """Rules by the rarest name that an element must have, the strongest first."""

    def __init__(self, rules: Sequence[Rule], groups: Sequence[Names], page: Elements) -> None:
        self.page = page
        self.by_key: dict[str, list[Rule]] = {}
        self.checks = MAX_CHECKS
        self.known: dict[Any, Facts] = {}  # by the key of an element
        self.answers: dict[Any, list[Rule]] = {}
        self.matching: dict[tuple[int, Any], bool] = {}  # part of a selector, key of an element
        self.inside: dict[tuple[int, Any], bool] = {}  # rule, parent
        parts = {part for rule in rules for part in rule.chain[:-1]}
        self.numbers = {part: number for number, part in enumerate(parts)}
        uses = Counter(word for classes, _ in groups for word in set(classes.split())) if len(rules) > MANY else {}
        for rule in rules:
            key = min(rule.keys(), key=lambda key: (uses.get(key[1:], 0), key))
            self.by_key.setdefault(key, []).append(rule)

    def hidden(self, elements: Iterable[Any]) -> Iterator[tuple[Any, str]]:
        """Those of the elements that the strongest rule that holds for each hides."""
        for element in elements:
            key = self.page.key(element)
            rules = self.answers.get(key)
            if rules is None:
                rules = self.answers[key] = self._candidates(self.page.facts(element))
            for rule in rules:
                self.checks -= 1
                if self.checks <= 0:
                    return
                if len(rule.chain) == 1 or self._fits(rule, self.page.parent(element)):
                    if rule.hides is not None:
                        yield element, rule.hides
                    break

    def _candidates(self, facts: Facts) -> list[Rule]:
        """The rules whose last part fits, the strongest first, up to one that asks for nothing else."""
        found = []
        for key in (facts.tag, f"#{facts.element_id}", *("." + name for name in facts.classes)):
            rules = self.by_key.get(key, ())
            self.checks -= len(rules)
            if self.checks > 0:
                found += [rule for rule in rules if rule.chain[-1].matches(facts)]
        found.sort(key=lambda rule: rule.rank, reverse=True)
        plain = next((n for n, rule in enumerate(found) if len(rule.chain) == 1), len(found))
        return found[: plain + 1]

    def _fits(self, rule: Rule, parent: Any) -> bool:
        """Whether the parts of a selector above the last fit ancestors, from the nearest outwards."""
        place = (rule.rank[1], parent)
        fits = self.inside.get(place)
        if fits is None:
            fits = self.inside[place] = self._fits_above(list(rule.chain[:-1]), parent)
        return fits

    def _fits_above(self, rest: list[Compound], ancestor: Any) -> bool:
        part = self.numbers[rest[-1]]
        while ancestor is not None and self.checks > 0:
            self.checks -= 1
            place = (part, self.page.key(ancestor))
            fits = self.matching.get(place)
            if fits is None:
                facts = self.known.get(place[1])
                if facts is None:
                    facts = self.known[place[1]] = self.page.facts(ancestor)
                fits = self.matching[place] = rest[-1].matches(facts)
            if fits:
                rest.pop()
                if not rest:
                    return True
                part = self.numbers[rest[-1]]
            ancestor = self.page.parent(ancestor)
        return False
