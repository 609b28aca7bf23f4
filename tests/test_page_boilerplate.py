"""Boilerplate of a corpus: lines that repeat on a host go, sentences of reprints stay."""

from __future__ import annotations

import random
from dataclasses import replace

from detector.page.boilerplate import LineRow, learn, line_hashes, line_hashes_batch, relabel
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


def test_without_hosts_nothing_is_learned() -> None:
    documents = [document(n, [unique(n)[0], NOTE, unique(n)[1]]) for n in range(12)]
    assert learn(rows(documents, host=None)).counts == {}


def test_many_hosts_are_enough_unless_the_corpus_has_many_more() -> None:
    documents = [document(n, [unique(n)[0], NOTE, unique(n)[1]]) for n in range(6)]
    spread = [LineRow(line_hashes(d), f"h{n}.example") for n, d in enumerate(documents)]
    assert len(learn(spread).counts) == 1
    others = [LineRow(line_hashes(document(n, unique(n))), f"h{n}.example") for n in range(6, 60)]
    assert learn(spread + others).counts == {}, "six papers that quote one sentence"
    again = [LineRow(line_hashes(document(n, [unique(n)[0], NOTE, unique(n)[1]])), f"h{n % 3}.example") for n in range(90, 96)]
    assert len(learn(spread + others + again).counts) == 1, "twice on three hosts is no quotation"


def test_all_lines_of_a_footer_go_and_the_text_above_stays() -> None:
    footer = ["联系地址是青石路二十七号三层", "值班电话每天上午九点到下午五点有人接", "欢迎各位读者来信来稿，文责自负"]
    documents = [document(n, [*unique(n), *footer]) for n in range(12)]
    assert relabel(documents[3], learn(rows(documents))).text.split("\n") == unique(3)


def test_reprints_within_the_frames_of_six_sites_stay() -> None:
    article = [f"一篇很多报纸都转载的文章的第{n}段，写的是旧书店搬家的事情，店主姓{n}" for n in "甲乙丙丁戊己"]
    frames = [[f"来到{n}号网站的读者好", *article, f"{n}号网站的编辑在此谢过，明天见"] for n in "一二三四五六"]
    reprints = [LineRow(line_hashes(document(i, f)), f"h{i}.example") for i, f in enumerate(frames)]
    assert learn(reprints).counts == {}


def test_edited_copies_on_one_host_stay() -> None:
    article = [f"修桥的故事第{n}段，石头一块一块编了号，拆下来再装回去" for n in "甲乙丙丁戊己庚"]
    edited = []
    for n in range(14):
        lines = list(article)
        lines[n % 7] = f"这一段在第{n}份里被人改写过，和别的都不同"
        edited.append(document(n, lines))
    assert learn(rows(edited)).counts == {}


def test_steps_that_recipes_share_stay_but_for_those_of_nearly_all() -> None:
    recipes = [document(n, [*unique(n), "大火烧开", *(["葱花撒在上面"] if n % 3 else [])]) for n in range(30)]
    counts = learn(rows(recipes)).counts
    assert len(counts) == 2
    fewer = [document(n, [*unique(n), *(["葱花撒在上面"] if n % 3 == 0 else [])]) for n in range(30)]
    assert learn(rows(fewer)).counts == {}


def test_line_taken_for_the_title_goes_where_half_of_a_site_has_it() -> None:
    labels: list[Label] = ["title", "body", "body", "body"]
    documents = [document(n, ["首页 新闻 体育 财经", f"第{n}座桥修好了", *unique(n)], labels) for n in range(12)]
    documents = [replace(d, title="首页 新闻 体育 财经") for d in documents]
    cleaned = relabel(documents[4], learn(rows(documents)))
    assert cleaned.title == "第4座桥修好了"
    assert [line.label for line in cleaned.lines] == ["navigation", "title", "body", "body"]
    assert cleaned.text.startswith("第4座桥修好了\n")
    few = documents[:9]
    assert relabel(few[4], learn(rows(few))) is few[4]


def test_title_from_a_column_stays_where_another_line_goes() -> None:
    labels: list[Label] = ["title", "body", "body"]
    documents = [document(n, ["本站首页 新闻频道 体育频道", *unique(n)], labels) for n in range(12)]
    documents = [replace(d, title=f"第{n}篇") for n, d in enumerate(documents)]
    cleaned = relabel(documents[4], learn(rows(documents)))
    assert cleaned.title == "第4篇"
    assert cleaned.text.split("\n") == unique(4)


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


def test_articles_that_statutes_share_stay() -> None:
    last = "第三十条 本条例自公布之日起施行。"
    documents = [document(n, [*unique(n), last]) for n in range(30)]
    assert last in relabel(documents[0], learn(rows(documents))).text


def test_three_documents_of_a_host_and_the_refrain_of_one_song_teach_nothing() -> None:
    few = [document(n, [unique(n)[0], NOTE, unique(n)[1]]) for n in range(3)]
    assert learn(rows(few)).counts == {}
    refrain = "渡口的灯还亮着，船已经走远了"
    songs = [
        document(0, [refrain, unique(0)[0], refrain, unique(0)[1], refrain]),
        *(document(n, unique(n)) for n in range(1, 20)),
    ]
    assert learn(rows(songs)).counts == {}


def test_a_notice_in_either_script_is_one_line() -> None:
    notes = ("本站所有内容均由网友上传整理", "本站所有內容均由網友上傳整理")
    documents = [document(n, [*unique(n), notes[n % 2]]) for n in range(12)]
    learned = learn(rows(documents))
    assert all(notes[n % 2] not in relabel(documents[n], learned).text for n in range(2))


def test_hashes_of_a_batch_are_those_of_each() -> None:
    documents = [
        document(1, ["第一行说了些什么", ""]),
        document(2, [""]),
        document(3, ["另一行说了别的什么", "第一行说了些什么"]),
    ]
    documents.append(replace(documents[0], lines=()))
    together = line_hashes_batch(documents)
    assert [h.tolist() for h in together] == [line_hashes(d).tolist() for d in documents]
    assert together[0][0] == together[2][1]
    assert line_hashes_batch([]) == []
