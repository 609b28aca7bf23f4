"""The row that travels, and the alignment of two of them."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import opencc
from hypothesis import given, settings
from hypothesis import strategies as st
from template_documents import article, labelled, note

from detector.template import align, kernels, plain
from detector.template.align import columns, measure_pairs
from detector.template.features import MAX_CLAUSES, MAX_HEADINGS, split_clauses, template_row, vocabulary
from detector.types import Document, Label


def _same(a: Document, b: Document) -> bool:
    left, right = template_row(a), template_row(b)
    return pickle.dumps(left) == pickle.dumps(right)


def test_row_is_the_same_in_both_scripts() -> None:
    document = article("d", "除湿机")
    traditional = opencc.OpenCC("s2t").convert(document.source_text)
    lines: list[tuple[str, Label, int]] = [(traditional[x.start : x.end], x.label, x.level) for x in document.lines]
    assert _same(document, labelled("d", lines))


def test_row_of_the_longest_document_is_under_two_kibibytes() -> None:
    lines: list[tuple[str, Label, int]] = []
    for i in range(400):
        lines.append((f"第{i}节 关于{chr(0x4E00 + i)}的说明", "heading", 1 + i % 3))
        lines.append(("，".join(chr(0x5000 + 7 * i + j) * 5 for j in range(30)), "body", 0))
    lines += [(f"声明:联系 {i}abc@example.com 电话13800{i:06d}", "disclaimer", 0) for i in range(50)]
    row = template_row(labelled("d", lines, title="说明" * 30))
    assert len(row.headings) == MAX_HEADINGS
    assert len(row.clauses) == MAX_CLAUSES
    assert row.nbytes < 2048


def test_row_of_nothing() -> None:
    row = template_row(labelled("d", [("", "body", 0)]))
    assert len(row.headings) == len(row.clauses) == row.title == row.entity == 0
    assert not row.vocabulary.any()


def test_long_texts_keep_the_same_clauses() -> None:
    clauses = [chr(0x4E00 + 11 * i) * 6 for i in range(300)]
    one = template_row(labelled("a", [("。".join(clauses), "body", 0)]))
    other = template_row(labelled("b", [("。".join(["另起一段话", *clauses]), "body", 0)]))
    shared = set(one.clauses["words"].tolist()) & set(other.clauses["words"].tolist())
    assert len(shared) >= MAX_CLAUSES - 1


def test_clauses_are_not_cut_inside_numbers() -> None:
    assert split_clauses("涨1,234.5元,到12:30止.完") == ["涨1,234.5元", "到12:30止", "完"]


def test_a_row_aligned_with_itself_shares_everything_and_varies_nowhere() -> None:
    row = template_row(article("d", "除湿机"))
    shared = measure_pairs(columns([row, row]), np.array([[0, 1]]))[0]
    assert shared[align.HEADINGS] == shared[align.TOP] == 1000
    assert shared[align.EXACT] == len(row.headings)
    assert shared[align.CLAUSES] == len(row.clauses)
    assert shared[align.VARIED] == shared[align.SWAPPED] == 0


def test_members_vary_where_their_values_differ() -> None:
    rows = [template_row(note("a", "青禾股份", 600001, [6.1, 1.2, 0.4, 2.5, 1.9]))]
    rows.append(template_row(note("b", "长风电气", 600002, [9.7, 3.3, 0.8, 4.1, 2.2])))
    shared = measure_pairs(columns(rows), np.array([[0, 1]]))[0]
    assert shared[align.CLAUSES] >= 12
    assert shared[align.VARIED] >= 10


def test_swapped_sections_count_half() -> None:
    one = article("a", "除湿机")
    lines: list[tuple[str, Label, int]] = [(one.line_text(x), x.label, x.level) for x in one.lines]
    lines[3:5], lines[5:7] = lines[5:7], lines[3:5]
    rows = [template_row(one), template_row(labelled("b", lines))]
    shared = measure_pairs(columns(rows), np.array([[0, 1]]))[0]
    assert shared[align.SWAPPED] == 1
    assert shared[align.EXACT] == len(rows[0].headings) - 1
    assert shared[align.TOP] == 900


HEADINGS = st.lists(st.sampled_from(["概述", "原因", "影响", "对策", "小结", "案例", "天空", "大海"]), max_size=7)
CLAUSES = st.lists(
    st.sampled_from(["今天上涨1元", "今天上涨2元", "大家都这么说", "没有人知道答案", "风从海上吹来了"]), max_size=8
)


def _document(headings: list[str], clauses: list[str]) -> Document:
    lines: list[tuple[str, Label, int]] = [(h, "heading", 1) for h in headings]
    return labelled("d", [*lines, ("。".join(clauses), "body", 0)])


@settings(max_examples=60, deadline=None)
@given(HEADINGS, CLAUSES, HEADINGS, CLAUSES)
def test_compiled_alignment_equals_numpy(h1: list[str], c1: list[str], h2: list[str], c2: list[str]) -> None:
    table = columns([template_row(_document(h1, c1)), template_row(_document(h2, c2))])
    pairs = np.array([[0, 1], [1, 0], [0, 0]])
    near, formal = table.near, align.role_number(align.FORMAL)
    compiled, numpy_alone = (np.zeros((3, align.N_MEASURES), dtype=np.int64) for _ in range(2))
    kernels.measure(*table.flat, near, formal, pairs, compiled)
    plain.measure(*table.flat, near, formal, pairs, numpy_alone)
    assert compiled.tolist() == numpy_alone.tolist()


def test_explaining_a_document_and_small_scans_import_no_compiler() -> None:
    code = (
        "import sys; from detector.template.align import columns, measure_pairs; import numpy as np;"
        "measure_pairs(columns([]), np.empty((0, 2), np.int64)); sys.exit('numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@settings(max_examples=40, deadline=None)
@given(HEADINGS, CLAUSES, HEADINGS, CLAUSES)
def test_shares_stay_between_nothing_and_all(h1: list[str], c1: list[str], h2: list[str], c2: list[str]) -> None:
    rows = [template_row(_document(h1, c1)), template_row(_document(h2, c2))]
    shared = measure_pairs(columns(rows), np.array([[0, 1]]))[0]
    assert 0 <= shared[align.HEADINGS] <= 1000
    assert shared[align.EXACT] + shared[align.LIKE] <= min(len(row.headings) for row in rows)
    assert shared[align.VARIED] <= shared[align.CLAUSES] <= min(len(rows[0].clauses), len(rows[1].clauses))


def test_vocabulary_agrees_as_jaccard_says() -> None:
    rng = np.random.default_rng(5)
    letters = [chr(c) for c in rng.choice(np.arange(0x4E00, 0x8000), 4000, replace=False)]
    shared, one, other = letters[:1000], letters[1000:1500], letters[1500:2000]
    a, b = vocabulary("".join(shared + one)), vocabulary("".join(shared + other))
    assert abs((a == b).mean() - 1000 / 2000) < 0.15
    assert (a == vocabulary("".join(shared + one))).all()
