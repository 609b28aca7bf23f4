"""Which document of a group stays: what goes, goes for one that stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.choose import choose, priorities
from detector.context import Relations
from detector.dup.relate import Duplicates
from detector.fingerprint import Fingerprint
from detector.rows import Decision
from detector.settings import Settings
from detector.template.family import Families
from detector.template.features import TemplateRow
from detector.types import Cluster, Evidence, Pair, Verdict

NONE = np.empty(0, dtype=np.uint8)
EMPTY = TemplateRow(NONE, NONE)
FARM, HONEST = Verdict(True, 0.9, 3.2, 0.0, (), ()), Verdict(False, 0.1, -3.2, 0.0, (), ())


def fingerprint(name: str, chars: int = 100, **more: Any) -> Fingerprint:
    values: dict[str, Any] = {
        "id": name,
        "record_digest": "",
        "source": "s",
        "host": None,
        "title": None,
        "published": None,
        "chars_in": chars,
        "chars_body": chars,
        "chars_text": chars,
        "chars_related": 0,
        "chars_repeated": 0,
        "repairs": 0,
        "sketch": NONE,
        "n_shingles": chars,
        "exact_digest": b"",
        "template": EMPTY,
        "lines": NONE,
        "contacts": (),
        "evidence": (),
        "has_text": True,
    }
    others = dict.fromkeys(Fingerprint.__dataclass_fields__, ())  # columns that play no part here
    return Fingerprint(**(others | values | more))


def cluster(relation: Any, *members: str) -> Cluster:
    return Cluster(f"{relation}-{members[0]}", relation, members[0], tuple(sorted(members)))


def decide(
    rows: Sequence[Fingerprint],
    pairs: Sequence[Pair] = (),
    contained: Sequence[Pair] = (),
    exact: Sequence[Cluster] = (),
    families: Sequence[Cluster] = (),
    farms: Sequence[str] = (),
    **settings: Any,
) -> dict[str, Decision]:
    chosen = Settings(**settings)
    relations = Relations(Duplicates(tuple(pairs), (), tuple(exact), tuple(contained)), Families((), tuple(families)), {})
    verdicts = {row.id: FARM if row.id in farms else HONEST for row in rows}
    return choose(rows, priorities(rows, chosen), relations, verdicts, chosen)


def near(a: str, b: str) -> Pair:
    return Pair(*sorted((a, b)), "near", 0.8, 0.9)


def inside(a: str, b: str) -> Pair:
    return Pair(a, b, "contained", 0.3, 1.0)


def outcome(decisions: Mapping[str, Decision]) -> dict[str, tuple[str | None, str | None] | str]:
    return {i: "stays" if d.keep else (d.reason, d.kept) for i, d in decisions.items()}


@pytest.mark.parametrize(
    ("keep", "first"),
    [("longest", "long"), ("earliest", "early"), ("cleanest", "clean"), ("first", "a")],
)
def test_keep_names_the_copy_that_stays(keep: Any, first: str) -> None:
    evidence = (Evidence("r", "k", 2.0, 0, 0, ""),)
    rows = [
        fingerprint("a", 100, published="2024-03-02", repairs=1),
        fingerprint("long", 120, repairs=1),
        fingerprint("early", 100, published="2023-12-31", repairs=1),
        fingerprint("clean", 100, published="2024-03-02"),
        fingerprint("dirty", 100, evidence=evidence),
    ]
    order = priorities(rows, Settings(keep=keep))
    assert rows[order.index(0)].id == first
    assert sorted(order) == list(range(5))


def test_preferred_host_comes_before_every_rule() -> None:
    rows = [fingerprint("a", 200), fingerprint("b", 100, host="good.example")]
    assert priorities(rows, Settings(prefer_hosts=("good.example",))) == [1, 0]


def test_priorities_do_not_depend_on_the_order_of_rows() -> None:
    rows = [fingerprint(name, 100 + len(name)) for name in ("a", "bb", "c")]
    for keep in ("longest", "earliest", "cleanest", "first"):
        one, two = priorities(rows, Settings(keep=keep)), priorities(rows[::-1], Settings(keep=keep))
        assert one == two[::-1]


def test_farm_goes_and_its_honest_copy_stays() -> None:
    rows = [fingerprint("farm", 200), fingerprint("copy", 100)]
    assert outcome(decide(rows, [near("farm", "copy")], farms=["farm"])) == {"farm": ("farm", None), "copy": "stays"}
    kept = decide(rows, [near("farm", "copy")], farms=["farm"], keep_farms=True)
    assert outcome(kept) == {"farm": "stays", "copy": ("near", "farm")}


def test_chain_of_near_copies_leaves_those_without_a_verified_pair() -> None:
    rows = [fingerprint(name, size) for name, size in (("a", 130), ("b", 120), ("c", 110))]
    made = outcome(decide(rows, [near("a", "b"), near("b", "c")]))
    assert made == {"a": "stays", "b": ("near", "a"), "c": "stays"}


def test_exact_copies_of_a_near_copy_go_with_it_though_only_one_pair_was_listed() -> None:
    rows = [fingerprint("a", 130), *(fingerprint(f"c{i}", 120) for i in range(5))]
    made = outcome(decide(rows, [near("a", "c0")], exact=[cluster("exact", *(f"c{i}" for i in range(5)))]))
    assert made == {"a": "stays", **{f"c{i}": ("near", "a") for i in range(5)}}


def test_exact_copies_of_a_farm_leave_one_of_them() -> None:
    rows = [fingerprint(f"c{i}") for i in range(4)]
    listed = [Pair("c0", f"c{i}", "exact", 1.0, 1.0) for i in (1, 2, 3)]
    made = outcome(decide(rows, listed, exact=[cluster("exact", "c0", "c1", "c2", "c3")], farms=["c0"]))
    assert made == {"c0": ("farm", None), "c1": "stays", "c2": ("exact", "c1"), "c3": ("exact", "c1")}


def test_contained_goes_for_the_outermost_whatever_is_kept() -> None:
    rows = [
        fingerprint("inner", 100, published="2020"),
        fingerprint("middle", 200, published="2021"),
        fingerprint("outer", 400, published="2022"),
    ]
    contained = [inside("inner", "middle"), inside("middle", "outer"), inside("inner", "outer")]
    for keep in ("longest", "earliest", "first"):
        made = outcome(decide(rows, contained=contained, keep=keep))
        assert made == {"inner": ("contained", "outer"), "middle": ("contained", "outer"), "outer": "stays"}


def test_inner_stays_where_only_a_removed_middle_held_it() -> None:
    rows = [fingerprint("inner", 100), fingerprint("middle", 200), fingerprint("outer", 400)]
    made = outcome(decide(rows, contained=[inside("inner", "middle"), inside("middle", "outer")], keep="earliest"))
    assert made == {"inner": "stays", "middle": ("contained", "outer"), "outer": "stays"}


def test_copy_whose_better_one_is_contained_stays_unless_it_is_contained_too() -> None:
    rows = [fingerprint("copy", 100), fingerprint("better", 110), fingerprint("outer", 400)]
    made = outcome(decide(rows, [near("better", "copy")], [inside("better", "outer")]))
    assert made == {"better": ("contained", "outer"), "outer": "stays", "copy": "stays"}
    both = [inside("better", "outer"), inside("copy", "outer")]
    made = outcome(decide(rows, [near("better", "copy")], both))
    assert made == {"better": ("contained", "outer"), "outer": "stays", "copy": ("contained", "outer")}


def test_excerpt_goes_for_the_copy_of_its_source_that_stays() -> None:
    rows = [fingerprint(name, size) for name, size in (("inner", 100), ("source", 300), ("reprint", 310))]
    made = outcome(decide(rows, [near("source", "reprint")], [inside("inner", "source"), inside("inner", "reprint")]))
    assert made == {"inner": ("contained", "reprint"), "source": ("near", "reprint"), "reprint": "stays"}


def test_circle_of_preferences_leaves_one() -> None:
    rows = [
        fingerprint(name, size, published=str(date))
        for name, size, date in (("a", 200, 2022), ("b", 100, 2021), ("c", 200, 2023))
    ]
    made = outcome(decide(rows, [near("a", "b"), near("a", "c")], [inside("b", "c")], keep="earliest"))
    assert made == {"a": "stays", "b": ("near", "a"), "c": ("near", "a")}


def test_share_of_a_family_stays_and_copies_follow() -> None:
    rows = [fingerprint(name, size) for name, size in (("a", 140), ("b", 130), ("c", 120), ("d", 110), ("copy", 100))]
    families = [cluster("templated", "a", "b", "c", "d")]
    made = outcome(decide(rows, [near("d", "copy")], families=families, family_share=0.5))
    assert made == {
        **{"a": "stays", "b": "stays", "c": ("templated", "a"), "d": ("templated", "a")},
        "copy": ("templated", "a"),
    }
    none = outcome(decide(rows[:4], families=families, family_share=0.0))
    assert set(none.values()) == {("templated", None)}
    assert set(outcome(decide(rows[:4], families=families)).values()) == {"stays"}


NAMES = [f"d{i}" for i in range(8)]
EDGES = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda e: e[0] != e[1]), max_size=10, unique=True
)


@given(
    st.lists(st.integers(1, 5), min_size=8, max_size=8),
    EDGES,
    EDGES,
    st.sets(st.sampled_from(NAMES), max_size=2),
    st.sets(st.sampled_from(NAMES), min_size=2, max_size=4),
    st.sampled_from(["longest", "earliest", "first"]),
    st.sampled_from([0.5, 1.0]),
)
def test_every_document_that_goes_for_another_goes_for_one_that_stays(
    sizes: list[int],
    near_edges: list[tuple[str, str]],
    inner_edges: list[tuple[str, str]],
    farms: set[str],
    same: set[str],
    keep: Any,
    share: float,
) -> None:
    size = dict(zip(NAMES, sizes, strict=True))
    size.update(dict.fromkeys(same, size[min(same)]))  # one text has one size
    length = {name: (size[name], name not in same, name) for name in NAMES}
    rows = [fingerprint(name, 100 * size[name], published=str(2020 + size[name])) for name in NAMES]
    contained = [inside(*sorted(edge, key=length.__getitem__)) for edge in inner_edges]
    pairs = [near(*edge) for edge in near_edges]
    exact, families = [cluster("exact", *sorted(same))], [cluster("templated", *NAMES[:4])]
    arguments: dict[str, Any] = {
        "exact": exact,
        "families": families,
        "farms": sorted(farms),
        "keep": keep,
        "family_share": share,
    }
    made = decide(rows, pairs, contained, **arguments)
    assert list(made) == NAMES
    for document, decision in made.items():
        assert decision.keep == (decision.reason is None)
        assert (decision.reason == "farm") == (document in farms)
        if decision.kept is not None:
            assert made[decision.kept].keep, (document, decision)
    assert sum(made[d].keep for d in same) <= 1
    for pair in pairs:
        assert not (made[pair.a].keep and made[pair.b].keep)
    for pair in contained:
        if not {pair.a, pair.b} & same:
            assert not (made[pair.a].keep and made[pair.b].keep)
    assert made == decide(rows, pairs[::-1], contained[::-1], **arguments)


def test_a_document_without_text_goes_as_empty() -> None:
    assert decide([fingerprint("a"), fingerprint("b", has_text=False)])["b"] == Decision(False, "empty")
