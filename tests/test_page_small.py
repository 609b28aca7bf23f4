"""Small documents: a sentence is body however little stands around it, and what is no article goes all the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.page.blocks import blocks_of
from detector.page.lines import LabelledText, label_pages, label_texts
from detector.page.sentences import is_sentence
from detector.rules import RuleSet, load_rules
from detector.types import BODY_LABELS


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load_rules()


def label(text: str, rules: RuleSet) -> LabelledText:
    if text.startswith("<"):
        return label_pages([blocks_of(text)], rules)[0]
    return label_texts([text], [None], rules)[0]


WHOLE = [
    "门前的河涨了水，渡船停了三天。",
    "門前的河漲了水，渡船停了三天。\n大家都在岸邊等。",
    "雨停了。\n渡船停了三天，大家都在岸边等。",
    "渡船\n\n今天下雨了。",
    "你好！",
    "The ferry stopped for three days because the river rose.",
    "The river rose.\nThe ferry stopped for three days.",
    "下雨了",
]


@pytest.mark.parametrize("text", WHOLE)
def test_a_small_text_stays_whole(text: str, rules: RuleSet) -> None:
    assert label(text, rules).text == text


PAGES = {
    "<html><body><h1>渡船</h1><p>门前的河涨了水，渡船停了三天，大家都在岸边等。</p></body></html>": [
        ("title", "渡船"),
        ("body", "门前的河涨了水，渡船停了三天，大家都在岸边等。"),
    ],
    "<p>門前的河漲了水。</p><p>大家都在岸邊等。</p>": [("body", "門前的河漲了水。"), ("body", "大家都在岸邊等。")],
    "<p>雨停了没有？</p><p>还没有！</p>": [("body", "雨停了没有？"), ("body", "还没有！")],
    "<h1>The ferry</h1><p>The river rose, and the ferry stopped for three days.</p>": [
        ("title", "The ferry"),
        ("body", "The river rose, and the ferry stopped for three days."),
    ],
    "<div class=nav><a href=1>首页</a></div><p>今天下雨了。</p><div class=footer>版权所有</div>": [
        ("navigation", "首页"),
        ("body", "今天下雨了。"),
        ("navigation", "版权所有"),
    ],
    "<ul><li>买米</li><li>买油</li></ul>": [("body", "买米"), ("body", "买油")],
}


@pytest.mark.parametrize("html", PAGES)
def test_a_small_page_keeps_what_it_says(html: str, rules: RuleSet) -> None:
    found = label(html, rules)
    assert [(line.label, found.source_text[line.start : line.end]) for line in found.lines] == PAGES[html]
    assert all(not line.rules for line in found.lines if line.label in BODY_LABELS)


@pytest.mark.parametrize(
    "text",
    [
        "免责声明：本文来自网络，如有侵权请联系删除。",
        "成人无码视频,亚洲精品在线观看,欧美激情免费看,少妇人妻",
        "相关阅读\n信用卡怎么取消？\n护照怎么办理\n绿茶多少钱",
        "<div><a href=1>首页</a> <a href=2>新闻</a></div>",
        "<p><a href=1>今天下雨了。</a></p>",
        "<p>长按识别二维码关注我们的公众号</p>",
    ],
)
def test_what_is_no_article_leaves_nothing(text: str, rules: RuleSet) -> None:
    assert label(text, rules).text == ""


def test_sentences_need_a_stop_and_latin_ones_three_words() -> None:
    said = ["今天下雨了。", "他说：“走吧。”", "雨停了！", "The river rose.", "“We are on the shore.”"]
    not_said = ["", "首页", "。", "今天下雨了，", "Home", "Read more.", "Inc.", "1.2.3."]
    assert [is_sentence(text) for text in said] == [True] * len(said)
    assert [is_sentence(text) for text in not_said] == [False] * len(not_said)


SENTENCES = st.sampled_from(
    ["河水退了。", "渡船又开了，岸上的人都很高兴。", "渡船又開了。", "The ferry runs again today.", "谁先上船？"]
)


@settings(max_examples=40, deadline=None)
@given(st.lists(SENTENCES, min_size=1, max_size=6, unique=True), st.booleans())
def test_a_document_of_sentences_never_loses_one(sentences: list[str], as_page: bool) -> None:
    text = "".join(f"<p>{s}</p>" for s in sentences) if as_page else "\n".join(sentences)
    assert label(text, load_rules()).text == "\n".join(sentences)
