"""A folder of rule files into a `RuleSet` that matches lines and whole texts: anchors first, then few patterns."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from detector.errors import RuleError
from detector.rules.anchors import AnchorIndex, index_anchors
from detector.rules.load import Rule, read_rule
from detector.text.fold import fold_chars


@dataclass(frozen=True, slots=True)
class RuleHit:
    """One match: code points `start` to `end` of the line or text that was searched."""

    rule: Rule
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Matcher:
    """Rules of one target (lines, headings, documents) behind the index of their anchors."""

    rules: tuple[Rule, ...]
    index: AnchorIndex
    users: tuple[tuple[int, ...], ...]  # anchor -> rules that it wakes

    def candidates(self, folded: str) -> Iterator[tuple[int, int]]:
        """(start of an anchor, number of a rule) over a folded text, ordered by start."""
        for start, anchor in self.index.find(folded):
            for rule in self.users[anchor]:
                yield start, rule


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules of a folder, ordered by id; `digest` covers the names and bytes of their files."""

    rules: tuple[Rule, ...]
    digest: str
    lines: Matcher
    documents: Matcher
    signals: tuple[Rule, ...]  # document rules whose evidence is computed

    def get(self, rule_id: str) -> Rule:
        """The rule of this id; raises RuleError where there is none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise RuleError(f"no rule {rule_id!r}; `detector rules list` names them all")

    def match_lines(self, texts: Sequence[str]) -> list[list[RuleHit]]:
        """Rules with a `label` on each line: the first match of each rule that fires, ordered by start and id."""
        return _match_batch(self.lines, texts)

    def search(self, text: str) -> list[RuleHit]:
        """Every match in `text` of the document rules that have a pattern, ordered by start and id.

        `where` and `needs` are not looked at here: they need the labelled document (`detector.judge`).
        """
        folded = fold_chars(text)
        tried: set[tuple[int, int]] = set()
        hits: list[RuleHit] = []
        line_end = -1
        for anchor_start, number in self.documents.candidates(folded):
            if anchor_start > line_end:
                line_start = folded.rfind("\n", 0, anchor_start) + 1
                line_end = folded.find("\n", anchor_start)
                line_end = len(folded) if line_end < 0 else line_end
            rule = self.documents.rules[number]
            start, end = (line_start, line_end) if rule.within == "line" else (0, len(folded))
            if (start, number) not in tried:
                tried.add((start, number))
                hits += _matches(rule, folded, start, end)
        return sorted(hits, key=_order)


def load_rules(folder: Path | None = None) -> RuleSet:
    """All `*.toml` of `folder`; None is the set that is shipped with the program.

    Raises RuleError for a folder without rules, a wrong file, or an id that stands twice.
    """
    folder = rules_folder() if folder is None else folder
    files = sorted(folder.glob("*.toml"), key=lambda path: path.name)
    if not files:
        raise RuleError(f"{folder}: no rule files (*.toml) in this folder")
    digest = hashlib.blake2b(digest_size=16)
    rules = []
    for path in files:
        data = path.read_bytes()
        digest.update(path.name.encode() + b"\0" + len(data).to_bytes(8, "little") + data)
        rules.append(read_rule(data, path.name))
    rules.sort(key=lambda rule: rule.id)
    return RuleSet(
        rules=tuple(rules),
        digest=digest.hexdigest(),
        lines=_matcher(rules, lambda rule: rule.label is not None),
        documents=_matcher(rules, lambda rule: rule.label is None),
        signals=tuple(rule for rule in rules if rule.signal is not None and rule.status != "off"),
    )


def rules_folder() -> Path:
    """Where the shipped rules lie: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "_rules"
    return inside if inside.is_dir() else package.parent / "rules"


def _matches(rule: Rule, folded: str, start: int, end: int) -> Iterator[RuleHit]:
    assert rule.pattern is not None
    for match in rule.pattern.finditer(folded, start, end):
        if match.end() > match.start():
            yield RuleHit(rule, match.start(), match.end())


def _matcher(rules: Sequence[Rule], wanted: Callable[[Rule], bool]) -> Matcher:
    chosen = tuple(rule for rule in rules if wanted(rule) and rule.pattern is not None and rule.status != "off")
    anchors = sorted({anchor for rule in chosen for anchor in rule.anchors})
    users = tuple(tuple(n for n, rule in enumerate(chosen) if anchor in rule.anchors) for anchor in anchors)
    return Matcher(chosen, index_anchors(anchors), users)


def _match_batch(matcher: Matcher, texts: Sequence[str]) -> list[list[RuleHit]]:
    """Joined by line feeds, folded and searched for anchors once; then each awake pattern on its own line."""
    found: list[list[RuleHit]] = [[] for _ in texts]
    folded = fold_chars("\n".join(texts))
    starts = [0, *accumulate(len(text) + 1 for text in texts)]
    tried: set[tuple[int, int]] = set()
    for anchor_start, number in matcher.candidates(folded):
        line = bisect_right(starts, anchor_start) - 1
        if (line, number) in tried:
            continue
        tried.add((line, number))
        rule = matcher.rules[number]
        assert rule.pattern is not None
        start = starts[line]
        match = rule.pattern.search(folded, start, start + len(texts[line]))
        if match is not None:
            found[line].append(RuleHit(rule, match.start() - start, match.end() - start))
    for hits in found:
        if len(hits) > 1:
            hits.sort(key=_order)
    return found


def _order(hit: RuleHit) -> tuple[int, str, int]:
    return hit.start, hit.rule.id, hit.end
