"""The relations of a document in its corpus into evidence, and the contacts that a document names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from detector.judge.evidence import Found, evidence_of
from detector.rules import RuleSet
from detector.text.fold import fold_chars
from detector.types import Document, Evidence

FREE_MAIL = (
    "qq.com",
    "163.com",
    "126.com",
    "foxmail.com",
    "sina.com",
    "yeah.net",
    "gmail.com",
    "outlook.com",
    "hotmail.com",
)
CONTACT = re.compile(
    rf"""
      (?P<mail> [a-z0-9][a-z0-9._-]{{2,40}} \s? @ \s? (?: vip\. )? (?: {"|".join(map(re.escape, FREE_MAIL))} ) )
    | (?<! [\d.] ) (?P<phone> 1[3-9]\d [\s-]? \d{{4}} [\s-]? \d{{4}} ) (?! \d )
    | (?: qq | 扣扣 ) (?: 号码? | 群 )? \s? [:]? \s? (?P<qq> [1-9]\d{{5,10}} ) (?! \d )
    | (?: 微信号? | weixin | wechat | vx ) \s? [:]? \s? (?P<wechat> [a-z][a-z0-9_-]{{5,19}} ) (?! [a-z0-9_-] )
    """,
    re.VERBOSE,
)
# Every contact has one of these; a search for them is ten times faster than for the contacts themselves.
CONTACT_SIGN = re.compile(r"@|[0-9]{4}|微信|weixin|wechat|vx")


@dataclass(frozen=True, slots=True)
class CorpusContext:
    """Small facts of one document's relations, as `relate` found them; the defaults mean: none."""

    near_size: int = 1  # documents of its near cluster
    near_hosts: int = 1
    family_size: int = 1  # documents of its template family
    family_hosts: int = 1
    family_entities: int = 0  # different titles or names put into the family's main slot
    family_outline: float = 0.0  # median outline similarity of the family, 0 to 1
    shared_contacts: Mapping[str, int] = field(default_factory=dict)  # contact -> documents with other titles naming it
    contact_hosts: int = 0  # hosts of the documents that name the most shared of them
    boilerplate_share: float = 0.0  # of its code points, in lines learned as boilerplate


def contacts_of(document: Document) -> tuple[str, ...]:
    """Free mailboxes, mobile phones, QQ and WeChat numbers in the whole text, as sorted `kind:value`."""
    folded = fold_chars(document.source_text)
    found = set()
    for match in CONTACT.finditer(folded) if CONTACT_SIGN.search(folded) else ():
        kind = match.lastgroup
        if kind is not None:
            value = match[kind] if kind == "wechat" else re.sub(r"[\s-]", "", match[kind])
            found.add(f"{kind}:{value}")
    return tuple(sorted(found))


def corpus_evidence(context: CorpusContext, rules: RuleSet) -> tuple[Evidence, ...]:
    """Evidence that lies in the corpus; the rules `corpus-*` hold weights and thresholds."""
    found: list[tuple[str, Found]] = []
    facts: dict[str, Any]
    least = rules.get("corpus-contact").settings["least"]
    shared = sorted((-n, contact) for contact, n in context.shared_contacts.items() if n >= int(least))
    if shared:
        number, contact = shared[0]
        one_host = float(rules.get("corpus-contact").settings["one_host"])
        facts = {"contact": contact, "documents": -number, "hosts": context.contact_hosts}
        found.append(("corpus-contact", Found(weight=1.0 if context.contact_hosts > 1 else one_host, facts=facts)))
    family = rules.get("corpus-family").settings
    if (
        context.family_size >= int(family["size"])
        and context.family_entities >= int(family["entities"])
        and context.family_outline >= float(family["outline"])
    ):
        weight = 1.0 if context.family_hosts > 1 else float(family["one_host"])
        facts = {"documents": context.family_size, "hosts": context.family_hosts, "entities": context.family_entities}
        found.append(("corpus-family", Found(weight=weight, facts=facts)))
    near = rules.get("corpus-mirrors").settings
    if context.near_size >= int(near["size"]) and context.near_hosts >= int(near["hosts"]):
        facts = {"documents": context.near_size, "hosts": context.near_hosts}
        found.append(("corpus-mirrors", Found(facts=facts)))
    if context.boilerplate_share >= float(rules.get("corpus-boilerplate").settings["share"]):
        facts = {"share": round(context.boilerplate_share, 3)}
        found.append(("corpus-boilerplate", Found(facts=facts)))
    return tuple(evidence_of(rules.get(rule), item, "") for rule, item in found if rules.get(rule).status != "off")
