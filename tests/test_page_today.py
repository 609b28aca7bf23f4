"""Pages of today, written for this test: the article stays, its frame goes, whatever the site has made of its markup."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import html as lxml_html

from detector.page.blocks import blocks_of
from detector.page.lines import label_pages
from detector.page.readers import is_comments_heading
from detector.rules import RuleSet, load_rules

PAGES = Path(__file__).parent / "data" / "pages"
_MARK = re.compile(r' data-body(?:="lines")?')


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load_rules()


def words(text: str) -> str:
    return " ".join(text.split())


def wanted_lines(source: str) -> list[str]:
    """The lines that the page's author has marked as the article."""
    found = []
    for element in lxml_html.document_fromstring(source).xpath("//*[@data-body]"):
        text = element.text_content()
        pieces = text.split("\n") if element.get("data-body") == "lines" else [text]
        found += [words(piece) for piece in pieces if piece.strip()]
    return found


def read(name: str, rules: RuleSet) -> tuple[list[str], list[str]]:
    """The lines of a page that should be its article, and those that were labelled so."""
    source = (PAGES / f"{name}.html").read_text(encoding="utf-8")
    found = label_pages([blocks_of(_MARK.sub("", source))], rules)[0]
    kept = [words(found.source_text[x.start : x.end]) for x in found.lines if x.label in ("body", "heading")]
    return wanted_lines(source), kept


# How many lines of the article may be lost, and how many others may stay: known weaknesses, that may only shrink.
CASES = {
    "account_card": (0, 1), "board_thread": (0, 0), "code_blog": (0, 0), "government_notice": (0, 6), "hashed_classes": (1, 1),
    "headline_feed": (0, 0), "list_of_cards": (0, 1), "news_with_readers": (0, 2), "official_account": (0, 1),
    "portal_account": (0, 0), "question_answers": (3, 0), "shop_item": (0, 0), "video_site_column": (0, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(CASES))
def test_article_stays_and_frame_goes(name: str, rules: RuleSet) -> None:
    wanted, kept = read(name, rules)
    may_lose, may_stay = CASES[name]
    lost = [line for line in wanted if not any(line in other for other in kept)]
    extra = [line for line in kept if not any(line in other or other in line for other in wanted)]
    assert len(lost) <= may_lose, lost
    assert len(extra) <= may_stay, extra


ARTICLE = (
    "<p>桥头的市场清早就热闹起来，卖菜的、卖鱼的、修鞋的，一直排到老邮局门口。</p><p>到了中午，人慢慢散了，只剩下几家。</p>"
)
READER = "<div class=comment-item><p>小时候每个星期都跟着外婆去，买一根油条，坐在桥上吃完再回家。</p></div>"


def kept_text(page: str, rules: RuleSet) -> str:
    return label_pages([blocks_of(page)], rules)[0].text


def test_readers_go_below_an_article_and_stay_where_they_are_the_page(rules: RuleSet) -> None:
    head = "<div class=comment-head>全部评论 3</div>"
    page = f"<body><div class=article>{ARTICLE}</div><div class=comment-list>{head}{READER * 3}</div></body>"
    assert "外婆" not in kept_text(page, rules)
    assert "老邮局" in kept_text(page, rules)
    assert "外婆" in kept_text(f"<body><div class=comment-list>{head}{ARTICLE}{READER}</div></body>", rules)


@pytest.mark.parametrize(
    "text", ["全部评论 312", "评论(36)", "共207条评论", "網友評論", "12 Comments", "商品评价", "热门跟帖", "Leave a comment"]
)
def test_headings_of_comments(text: str) -> None:
    assert is_comments_heading(text)


@pytest.mark.parametrize(
    "text",
    ["23 条回复", "86 个回答", "回复本帖", "影评", "评论员文章", "评论：房价该由谁定", "最新回应", "Answers", "文学评论集"],
)
def test_headings_of_threads_and_essays_are_none(text: str) -> None:
    assert not is_comments_heading(text)


def test_every_page_has_its_case() -> None:
    assert {path.stem for path in PAGES.glob("*.html")} == set(CASES)
