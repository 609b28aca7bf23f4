"""Boilerplate of a corpus: lines that repeat on a host go, sentences of reprints stay."""

from __future__ import annotations

import random

from detector.page.boilerplate import LineRow, learn, line_hashes, relabel
from detector.page.stripped import strip
from detector.types import Document, Label, Line

NOTE = "本站文章均由站内作者整理发布"


def document(number: int, lines: list[str], labels: list[Label] | None = None) -> Document:
    text, made, start = "\n".join(lines), [], 0
    for index, line in enumerate(lines):
        made.append(Line(index + 1, start, start + len(line), labels[index] if labels else "body"))
        start += len(line) + 1
    return Document(f"d{number}", "s", text, strip(text, made), tuple(made))


def unique(number: int) -> list[str]:
    return [f"第{number}篇文章说的是第{number * 7}件小事，写得很短", f"结尾再说一句只属于第{number}篇的话"]


def rows(documents: list[Document], host: str | None = "a.example", group: str | None = None) -> list[LineRow]:
    return [LineRow(line_hashes(d), host, group) for d in documents]


def test_a_line_that_repeats_on_a_host_is_stripped_with_its_count() -> None:
    documents = [document(n, [unique(n)[0], NOTE, unique(n)[1]]) for n in range(12)]
    cleaned = relabel(documents[0], learn(rows(documents)))
    assert NOTE not in cleaned.text
    assert cleaned.lines[1].rules == ("corpus:repeated-line=12",)
    assert cleaned.source_text == documents[0].source_text


def test_a_sentence_of_a_reprinted_article_stays() -> None:
    article = ["一篇被转载了很多次的文章的第一段", "它的第二段在每一份里都一样", "它的第三段也是这样，一字不差"]
    documents = [document(n, article) for n in range(12)]
    assert learn(rows(documents)).counts == {}
    assert relabel(documents[0], learn(rows(documents))) is documents[0]


def test_copies_of_one_document_count_once() -> None:
    documents = [document(n, [unique(n)[0], NOTE, unique(n)[1]]) for n in range(12)]
    assert learn(rows(documents, group="one")).counts == {}


def test_without_hosts_nothing_is_learned_and_many_hosts_are_enough() -> None:
    documents = [document(n, [unique(n)[0], NOTE, unique(n)[1]]) for n in range(12)]
    assert learn(rows(documents, host=None)).counts == {}
    spread = [LineRow(line_hashes(d), f"h{n}.example") for n, d in enumerate(documents)]
    assert len(learn(spread).counts) == 1


def test_headings_and_short_lines_stay() -> None:
    labels: list[Label] = ["body", "heading", "body"]
    documents = [document(n, [unique(n)[0], "四、总结与展望", unique(n)[1]], labels) for n in range(12)]
    assert relabel(documents[0], learn(rows(documents))) is documents[0]
    short = [document(n, [unique(n)[0], "第一章", unique(n)[1]]) for n in range(12)]
    assert learn(rows(short)).counts == {}


def test_order_and_parts_do_not_matter() -> None:
    documents = [document(n, [unique(n)[0], NOTE, unique(n)[1], "欢迎常来看看我们的新内容"]) for n in range(40)]
    all_rows = rows(documents)
    expected = learn(all_rows)
    assert len(expected.counts) == 2
    random.Random(1).shuffle(all_rows)
    assert learn(all_rows) == expected
    assert learn(all_rows, max_rows=20) == expected


def test_scripts_fold_to_one_hash() -> None:
    one, two = document(1, ["欢迎关注这个网站的内容"]), document(2, ["歡迎關注這個網站的內容"])
    assert line_hashes(one).tolist() == line_hashes(two).tolist()
