"""The search: against all pairs compared exactly, in any order, on both engines, and what must not be merged."""

from __future__ import annotations

from itertools import combinations, pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.dup.bands import BucketLimits, candidates, choose_banding, packed_buckets, short_values
from detector.dup.cluster import chained, components, stars
from detector.dup.relate import Duplicates, find_duplicates
from detector.dup.scheme import Scheme
from detector.dup.settings import DuplicateSettings
from detector.dup.sketch import sketch_batch
from detector.dup.verify import FoldedBatch
from detector.errors import SchemeError, SettingsError
from detector.text.fold import fold, fold_batch


def random_text(rng: np.random.Generator, n: int) -> str:
    return "".join(map(chr, rng.integers(0x4E00, 0x9000, n)))


def edited(text: str, share: float, rng: np.random.Generator) -> str:
    """`share` of the characters replaced, removed or doubled."""
    out = []
    for char, roll in zip(text, rng.random(len(text)), strict=True):
        kind = int(roll / share * 3) if roll < share else 3
        out.append((chr(rng.integers(0x4E00, 0x9000)), "", char * 2, char)[kind])
    return "".join(out)


def planted(seed: int, originals: int = 40, low: int = 20, high: int = 600) -> dict[str, str]:
    rng = np.random.default_rng(seed)
    texts = {}
    for i in range(originals):
        text = random_text(rng, int(rng.integers(low, high)))
        texts[f"o{i:03d}"] = text
        for j in range(int(rng.integers(0, 4))):
            texts[f"c{i:03d}-{j}"] = edited(text, rng.uniform(0.002, 0.12), rng)
    return texts


def find(texts: dict[str, str], chosen: DuplicateSettings | None = None) -> Duplicates:
    chosen = chosen or DuplicateSettings()
    codes, offsets = fold_batch(list(texts.values()))
    table = sketch_batch(list(texts.values()), chosen.scheme())
    return find_duplicates(list(texts), table, FoldedBatch(codes, offsets), chosen)


def exact_pairs(texts: dict[str, str], threshold: float) -> dict[tuple[str, str], float]:
    """The definition: every pair, sets of strings."""
    folded = {name: "".join(map(chr, fold(text))) for name, text in texts.items()}
    sets: dict[tuple[str, int], set[str]] = {}
    for name, text in folded.items():
        for k in (3, 5):
            sets[name, k] = {text[i : i + k] for i in range(len(text) - k + 1)}
    found = {}
    for a, b in combinations(sorted(texts), 2):
        k = Scheme().shingle_for(min(len(folded[a]), len(folded[b])))
        x, y = sets[a, k], sets[b, k]
        if x and y and (j := len(x & y) / len(x | y)) >= threshold:
            found[a, b] = j
    return found


@pytest.mark.parametrize("threshold", [0.7, 0.8])
@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_pairs_are_those_of_the_definition(threshold: float, engine: str) -> None:
    expected: dict[tuple[str, str], float] = {}
    got: dict[tuple[str, str], float | None] = {}
    for seed in range(2):
        texts = planted(seed)
        expected |= {(f"{seed}{a}", b): j for (a, b), j in exact_pairs(texts, threshold).items()}
        result = find(texts, DuplicateSettings(threshold=threshold, engine=engine))  # type: ignore[arg-type]
        got |= {(f"{seed}{pair.a}", pair.b): pair.jaccard for pair in result.pairs}
    assert set(got) <= set(expected)
    assert len(got) >= 0.995 * len(expected)
    for pair, jaccard in got.items():
        assert jaccard == pytest.approx(expected[pair], abs=1e-12)


def test_any_order_and_both_engines_give_the_same() -> None:
    texts = planted(11)
    texts |= {f"x{i}": texts["o001"] + "。" for i in range(3)}
    first = find(texts, DuplicateSettings(engine="numpy"))
    names = list(texts)
    np.random.default_rng(1).shuffle(names)
    assert find({name: texts[name] for name in names}, DuplicateSettings(engine="numba")) == first
    assert ("o001", "x0", "x1", "x2") in [cluster.members for cluster in first.exact]


def test_large_buckets_give_the_same_on_both_engines() -> None:
    rng = np.random.default_rng(2)
    text = random_text(rng, 500)
    texts = {f"d{i:03d}": edited(text, 0.02, rng) for i in range(150)} | planted(3, originals=10)
    limits = {"all_pairs": 8, "leaders": 20}  # room for a part of them: more than one round
    plain, quick = (find(texts, DuplicateSettings(engine=engine, **limits)) for engine in ("numpy", "numba"))  # type: ignore[arg-type]
    assert plain == quick
    everything = find(texts, DuplicateSettings(all_pairs=1000))
    members, expected = ({name for cluster in result.clusters for name in cluster.members} for result in (plain, everything))
    assert len(members) > 0.95 * len(expected) > 100


def test_family_of_copies_gives_pairs_in_proportion() -> None:
    rng = np.random.default_rng(4)
    text = random_text(rng, 300)
    result = find({f"d{i:04d}": edited(text, 0.01, rng) for i in range(500)})
    assert len(result.pairs) < 1_000
    assert [len(cluster.members) > 490 for cluster in result.clusters] == [True]


def test_no_two_representatives_of_a_family_are_near() -> None:
    """Copies so different that one star can't hold them all."""
    rng = np.random.default_rng(5)
    text = random_text(rng, 400)
    texts = {f"d{i:03d}": edited(text, rng.uniform(0.005, 0.06), rng) for i in range(250)}
    result = find(texts, DuplicateSettings(all_pairs=64))
    placed = {name for cluster in result.clusters for name in cluster.members if name != cluster.representative}
    heads = {name: text for name, text in texts.items() if name not in placed}
    near, every = exact_pairs(heads, 0.7), len(exact_pairs(texts, 0.7))
    assert len(near) <= 0.05 * len(heads)  # 0 to 3.4 % over three seeds
    assert len(result.pairs) < every / 5


def test_scripts_are_exact_copies_and_output_is_by_id() -> None:
    opencc = pytest.importorskip("opencc")
    text = "这里的软件在夏天发现头发干燥，只好着手里面的复杂工作；皇后面对着太阳，麻将台上满是灰尘。" * 2
    texts = {name: opencc.OpenCC(name).convert(text) for name in ("s2t", "s2tw", "s2hk")} | {"s": text}
    result = find(texts)
    assert [cluster.members for cluster in result.exact] == [("s", "s2hk", "s2t", "s2tw")]
    assert result.exact[0].representative == "s"
    assert {pair.relation for pair in result.pairs} == {"exact"}
    assert len(result.pairs) == 6


def test_titles_with_one_edit_are_near_and_tiny_texts_only_exact() -> None:
    titles = {
        "a": "央行宣布下调存款准备金率零点五个百分点",
        "b": "央行宣布下调存款准备金率零点五个百分点了",
        "c": "好",
        "d": "好！",
        "e": "",
        "f": "……",
        "g": "坏",
    }
    result = find(titles)
    assert [(pair.a, pair.b, pair.relation) for pair in result.pairs] == [("a", "b", "near"), ("c", "d", "exact")]


def test_short_text_meets_longer_text_across_the_change_of_shingles() -> None:
    rng = np.random.default_rng(8)
    texts = {}
    for i in range(40):
        text = random_text(rng, 195)
        texts |= {f"a{i:02d}": text, f"b{i:02d}": text + random_text(rng, 20)}
    pairs = {(pair.a, pair.b) for pair in find(texts).pairs}
    assert pairs == {(f"a{i:02d}", f"b{i:02d}") for i in range(40)}


def test_notes_of_different_facts_are_not_merged() -> None:
    """A template filled with other names and numbers: Jaccard about 0.5."""
    rng = np.random.default_rng(6)
    stock = [
        "截至收盘，",
        "报收于",
        "元，上涨",
        "，成交量",
        "万手，成交额",
        "亿元。资金流向方面，主力资金净流入",
        "万元，占总成交额",
    ]
    tail = "以上内容由程序根据公开信息整理，数据仅供参考，不构成投资建议，投资者据此操作风险自担。"
    texts = {}
    for i in range(60):
        filled = "".join(part + random_text(rng, 4) + str(rng.integers(1000, 99999)) for part in stock)
        texts[f"n{i:02d}"] = filled + tail
    values = [pair.jaccard for pair in find(texts, DuplicateSettings(threshold=0.3)).pairs]
    assert 0.3 < float(np.median([value for value in values if value is not None])) < 0.65
    assert find(texts).pairs == ()


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_contained_texts_are_found_and_strangers_are_not(engine: str) -> None:
    rng = np.random.default_rng(7)
    texts, expected = {}, set()
    for i in range(60):
        inner = random_text(rng, int(rng.integers(300, 900)))
        around = random_text(rng, len(inner) + 400)
        cut = int(rng.integers(0, len(around)))
        texts |= {f"i{i:02d}": inner, f"h{i:02d}": around[:cut] + inner + around[cut:]}
        expected.add((f"i{i:02d}", f"h{i:02d}"))
    for i in range(0, 60, 2):  # two articles spliced
        texts[f"s{i:02d}"] = texts[f"i{i:02d}"] + texts[f"i{i + 1:02d}"]
        expected |= {(f"i{j:02d}", f"s{i:02d}") for j in (i, i + 1)}
    result = find(texts, DuplicateSettings(engine=engine))  # type: ignore[arg-type]
    found = {(pair.a, pair.b) for pair in result.contained} | {pair for p in result.pairs for pair in ((p.a, p.b), (p.b, p.a))}
    assert len(expected - found) <= 2
    assert {(pair.a, pair.b) for pair in result.contained} <= expected
    assert all((pair.containment or 0) >= 0.9 for pair in result.contained)


def test_priority_chooses_the_representative() -> None:
    text = random_text(np.random.default_rng(1), 300)
    texts = {"a": text, "b": text + "完", "c": "，" + text}
    codes, offsets = fold_batch(list(texts.values()))
    table = sketch_batch(list(texts.values()))
    result = find_duplicates(list(texts), table, FoldedBatch(codes, offsets), priority=[1, 2, 0])
    assert result.clusters[0].representative == "c"
    assert result.clusters[0].members == ("a", "b", "c")
    assert find(texts).clusters[0].representative == "b"


def test_wrong_scheme_and_settings_are_refused() -> None:
    codes, offsets = fold_batch(["甲乙丙丁"])
    with pytest.raises(SchemeError):
        find_duplicates(["a"], sketch_batch(["甲乙丙丁"], Scheme(seed=9)), FoldedBatch(codes, offsets))
    for wrong in ({"threshold": 0.1}, {"containment": 1.5}, {"all_pairs": 1}, {"engine": "cuda"}):
        with pytest.raises(SettingsError):
            DuplicateSettings(**wrong)  # type: ignore[arg-type]


def test_empty_corpus_has_no_duplicates() -> None:
    assert find({}) == Duplicates((), (), (), ())


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)).filter(lambda e: e[0] < e[1]), unique=True, max_size=40))
@settings(max_examples=80, deadline=None)
def test_stars_and_components_against_networkx(edges: list[tuple[int, int]]) -> None:
    graph = nx.Graph(edges)
    graph.add_nodes_from(range(20))
    a, b = (np.array([edge[i] for edge in edges], dtype=np.int64) for i in (0, 1))
    star, component = stars(20, a, b), components(20, a, b)
    for node in range(20):
        assert component[node] == min(nx.node_connected_component(graph, node))
        assert (star[node] == -1) == (graph.degree(node) == 0)
        assert star[node] in (-1, node) or graph.has_edge(node, int(star[node]))
    heads = [int(node) for node in np.unique(star[star >= 0])]
    assert not any(graph.has_edge(x, y) for x, y in combinations(heads, 2))
    added = chained(component, star, np.ones(20, dtype=np.int64))
    for head in heads:
        assert added[head] == len(nx.node_connected_component(graph, head)) - int((star == head).sum())


def test_buckets_hold_equal_keys_only() -> None:
    keys = np.array([7, 9, 7, 1, 9, 7, 4], dtype=np.uint64) << np.uint64(40)
    documents, starts = packed_buckets(keys)
    assert [documents[s:e].tolist() for s, e in pairwise(starts)] == [[0, 2, 5], [1, 4]]


def test_pair_above_threshold_shares_a_band() -> None:
    rng = np.random.default_rng(3)
    texts = []
    for _ in range(150):
        text = random_text(rng, 400)
        texts += [text, edited(text, 0.03, rng)]
    values = short_values(sketch_batch(texts).values)
    a, b = candidates(
        values, np.arange(len(values)), choose_banding(0.7, 128), BucketLimits(), lambda places, crowds: (places, crowds)
    )
    assert (a % 2 == 0).all()
    assert (b == a + 1).all()
    assert len(a) >= 149
