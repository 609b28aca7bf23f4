"""Damaged text comes back to the letter, every step is recorded, and clean text is left alone."""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.text import gate
from detector.text.charmodel import load_model
from detector.text.disguise import load_disguised_words
from detector.text.repair import fill_holes, repair, repair_batch, replay
from detector.text.script import script_of

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
DATA = Path(os.environ.get("DETECTOR_DATA", SHARED / "data"))

HANS = "我们今天讨论的是如何帮助社区居民解决停车难的问题，大家都提出了自己的看法。"
HANT = "我們今天討論的是如何幫助社區居民解決停車難的問題，大家都提出了自己的看法。"

# (damaged, restored, the kinds of repair): each a real way to break text, on sentences written for this test.
GOLDEN = (
    ("圖書館(guǎn)的讀(dú)者服務(wù)", "圖書館的讀者服務", {"gloss"}),
    ("圖書館（guǎn）的讀（dú）者服務（wù）", "圖書館的讀者服務", {"gloss"}),
    (HANS.encode("utf-8").decode("gb18030", "replace"), HANS, {"charset"}),
    (HANS.encode("gbk").decode("latin-1"), HANS, {"latin"}),
    (HANS.encode("utf-8").decode("latin-1"), HANS, {"latin"}),
    (HANS.encode("utf-8").decode("cp1252", "replace"), HANS, {"latin"}),
    (HANS.encode("gbk").decode("latin-1").encode("utf-8").decode("latin-1"), HANS, {"latin"}),
    (HANS.encode("gbk").decode("iso8859-15").encode("utf-8").decode("latin-1"), HANS, {"latin"}),
    (HANT.encode("big5").decode("latin-1").encode("utf-8").decode("latin-1"), HANT, {"latin"}),
    ("[" + "总机：".encode("gbk").decode("latin-1").encode("utf-8").decode("latin-1") + "86-10]", "[总机：86-10]", {"latin"}),
    (HANT.encode("big5").decode("gb18030", "replace"), HANT, {"charset"}),
    ("鑱旂洘", "联盟", {"charset"}),
    ("他们加入了鑱旂洘，很高兴。", "他们加入了联盟，很高兴。", {"charset"}),
    (r"标题：\u793e\u533a\u8054\u76df", "标题：社区联盟", {"escape"}),
    ("标题：&#31038;&#21306;", "标题：社区", {"escape"}),
    ("他说 &amp;quot;好&amp;quot;", '他说 "好"', {"entity"}),
    ("社\u200b区的\u200b居\u200b民", "社区的居民", {"invisible"}),
    ("⼤家的⻔票", "大家的门票", {"radical"}),
    ("加 Wеchat 群", "加 Wechat 群", {"homoglyph"}),
    ("提供贷-款，加微 信", "提供贷款，加微信", {"split"}),
    ("加薇信，刷単返现", "加微信，刷单返现", {"look-alike"}),
    ("加群 1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣", "加群 138001", {"boxed"}),
    ("社区\u202e民居的\u202c", "社区的居民", {"override"}),
    ("社\ufe00区的居\ufe0f民", "社区的居民", {"invisible"}),
    ("第一份\n\ufeff第二份\0\0", "第一份\n第二份", {"invisible"}),
    ("⽤⼾的门票", "用户的门票", {"radical"}),
    ("⽤⼾認為很貴", "用戶認為很貴", {"radical"}),
    ("标题：" + "".join(f"\\x{byte:02x}" for byte in "社区联盟".encode()), "标题：社区联盟", {"escape"}),
    (HANS.encode("gbk").decode("big5hkscs", "replace"), HANS, {"charset"}),
)

UNTOUCHED = (
    HANS,
    HANT,
    "河北涿（zhuō）州的古城墙",  # teaches a rare character
    "龜(qiū)茲古國的樂舞",  # teaches a rare reading
    "學(xué)而(ér)時(shí)習(xí)之(zhī)，不(bù)亦(yì)說(yuè)乎(hū)",  # a lesson glosses every character
    "三、违约行为的成因",
    "根据《劳动法》相关规定",
    "Les élèves français étaient très contents à l’école.",
    "ÀÉÎÕÜ are vowels",
    "用 \\u0041 表示字母 A，用 &amp; 表示 &",
    "https://example.com/?a=1&amp;quot=2&amp;lt=3",
    "俄语的 привет 和希腊语的 καλημέρα",
    "表情 👩\u200d👩\u200d👧 和 🏳️\u200d🌈",
    "μ 和 α 粒子，O(1 + α) 时间",
    "耄耋老人与窈窕淑女在踯躅徘徊，饕餮魑魅魍魉",
    "铜、锌、镉、钒、锗、鎘、鍺、銫",
    "哒哒哒，缥缥缈缈，坎坎坷坷",
    "联通公司的电话打不通",
    "A股、K线、T恤和B超",
    "مرحبا\u200f بالعالم",
    "日本語のテキストと한국어 텍스트",
    "安徽信息技术公司、手袋款式、围堵博主、威信与货款、参加薇娅的直播、预约疱疹疫苗",
    "步骤 1️⃣ 打开，2️⃣ 关闭，3️⃣ 完成",
    "爱心❤️和太阳☀️都来了",
    "正则 \\x41\\x42\\x43\\x44\\x45\\x46 与 \\xd6\\xd0\\xb9\\xfa\\xc8\\xcb",
)


@pytest.mark.parametrize(("damaged", "restored", "kinds"), GOLDEN)
def test_damage_is_undone_and_named(damaged: str, restored: str, kinds: set[str]) -> None:
    repaired = repair(damaged)
    assert repaired.text == restored
    assert {step.kind for step in repaired.repairs} == kinds


@pytest.mark.parametrize("text", UNTOUCHED)
def test_text_that_only_looks_damaged_is_left_alone(text: str) -> None:
    assert repair(text).text == text
    assert repair(text).repairs == ()


@pytest.mark.parametrize("damaged", [damaged for damaged, _, _ in GOLDEN])
def test_repairs_replay_and_leave_nothing_to_repair(damaged: str) -> None:
    repaired = repair(damaged)
    assert replay(damaged, repaired.repairs) == repaired.text
    assert repair(repaired.text).repairs == ()


def test_replay_refuses_a_text_that_is_not_the_one() -> None:
    repaired = repair("圖書館(guǎn)")
    with pytest.raises(ValueError, match="expected"):
        replay("別的東西都在這裡", repaired.repairs)


@pytest.mark.parametrize("at", [3, 5, 9])
def test_a_run_of_gbk_one_byte_off_comes_back(at: int) -> None:
    rest = HANS[at:].encode("gbk")[1:]
    damaged = HANS[:at] + rest.decode("gb18030", "replace")
    assert damaged != HANS
    repaired = repair(damaged)
    assert repaired.text[at + 1 :] == HANS[at + 1 :]
    assert {step.kind for step in repaired.repairs} == {"gbk-shift"}


def test_a_question_mark_for_the_lost_byte_goes_too() -> None:
    damaged = HANS[:5] + "?" + HANS[5:].encode("gbk")[1:].decode("gb18030", "replace")
    assert repair(damaged).text == HANS


def test_an_ascii_trail_byte_ends_the_run() -> None:
    clean = "圖書館提供的服務是幫助居民解決停車的問題"
    data = clean.encode("gbk")
    at = clean.index("是")
    damaged = clean[:at] + data[2 * at + 1 :].decode("gb18030", "replace")
    assert any(char.isascii() for char in damaged)
    assert repair(damaged).text == clean


def test_damage_over_damage_is_undone_layer_by_layer() -> None:
    twice = HANS.encode("utf-8").decode("latin-1").encode("utf-8").decode("latin-1")
    assert repair(twice).text == HANS


HOLES = (
    ("平台致力于解决资金问，深受欢迎。", "资金问", "资金问题"),
    ("有些人會出現健康問。", "健康問", "健康問題"),
    ("他們一天內多次撥打其 ,還到家裡去。", "撥打其 ", "撥打其電話"),
    ("该公司成立于年，总部在外地。", "成立于年", None),
)


@pytest.mark.parametrize(("text", "quote", "suggestion"), HOLES)
def test_deleted_words_are_reported_and_the_text_stays(text: str, quote: str, suggestion: str | None) -> None:
    repaired = repair(text)
    (hole,) = repaired.holes
    assert repaired.text == text
    assert (hole.quote, hole.suggestion) == (quote, suggestion)
    assert text[hole.start : hole.end] == quote


def test_sure_holes_are_filled_and_recorded() -> None:
    text = "面对资金问，公司成立于年，仍要解决法律问。"
    repaired = repair(text)
    filled = fill_holes(repaired)
    assert filled.text == "面对资金问题，公司成立于年，仍要解决法律问题。"
    assert replay(text, filled.repairs) == filled.text
    assert [hole.suggestion for hole in filled.holes] == [None]


@pytest.mark.parametrize(
    "text",
    [
        "他想了想，又问，这是谁的书？",
        "老师问，学生答。",
        "请就相关事项答记者问。",
        "“资金问，谁来出？”他说。",
        "君问归期未有期",
        "公司成立于年初，搬迁于年底。",
        "学问的大小，不在于书的多少；顾问也来了。",
        "记者采访了专家 ，并拍了照片。",
    ],
)
def test_honest_sentences_have_no_holes(text: str) -> None:
    assert repair(text).holes == ()


DAMAGE_CHARS = st.sampled_from(
    "導語(yǔ)應(yīng)?;萁窠鹑诘哪繕耸鑱旂洘的是了，。\n资金问 ,ABZ\u200b⼤ÎÒÃÇ\ufffd\ue322&amp;\\u8054贷-款成立于年"
)


@given(st.text(alphabet=DAMAGE_CHARS, max_size=120))
def test_repair_is_idempotent_and_replays_on_any_text(text: str) -> None:
    repaired = repair(text)
    assert replay(text, repaired.repairs) == repaired.text
    assert repair(repaired.text).text == repaired.text
    for hole in repaired.holes:
        assert repaired.text[hole.start : hole.end] == hole.quote


@given(st.text(max_size=200))
def test_repair_takes_any_text(text: str) -> None:
    repaired = repair(text)
    assert replay(text, repaired.repairs) == repaired.text


@given(st.text(alphabet=DAMAGE_CHARS, max_size=100))
def test_the_compiled_gate_equals_its_specification(text: str) -> None:
    tables = gate.load_tables()
    assert gate.suspect(text) == gate.scan(gate.units_of(text), tables.classes, tables.signs, tables.pairs, *tables.letters)


CLEAN_TEXTS = st.sampled_from((HANS, HANT, HANS[:20] + "\n" + HANS[20:], "公司成立于年，" + HANS))
MISREADINGS = (
    ("utf-8", "gbk"),
    ("utf-8", "latin-1"),
    ("utf-8", "big5hkscs"),
    ("gb18030", "big5hkscs"),
    ("big5hkscs", "gb18030"),
)
DAMAGES = st.one_of(
    st.sampled_from(MISREADINGS).map(lambda pair: lambda text: text.encode(pair[0], "ignore").decode(pair[1], "replace")),
    st.integers(1, 30).map(lambda at: lambda text: text[:at] + text[at:].encode("gb18030")[1:].decode("gb18030", "replace")),
    st.sampled_from(("\u200b", "\ufeff", "-", " ", "\0", "\ufe0f")).map(lambda mark: lambda text: mark.join(text)),
    st.just(lambda text: json.dumps(text)[1:-1]),
    st.just(lambda text: "".join(f"&amp;#{ord(char)};" for char in text)),
    st.just(lambda text: text.replace("討", "討(tǎo)").replace("論", "論(lùn)").replace("決", "決(jué)")),
)


@settings(deadline=None, max_examples=60)  # tables of charsets are made by the first example
@given(CLEAN_TEXTS, DAMAGES, DAMAGES)
def test_two_damages_at_once_are_repaired_once_and_for_all(
    text: str, first: Callable[[str], str], second: Callable[[str], str]
) -> None:
    damaged = second(first(text))
    repaired = repair(damaged)
    assert replay(damaged, repaired.repairs) == repaired.text
    assert repair(repaired.text).text == repaired.text
    assert repair_batch([damaged]) == [repaired]


def test_words_that_spam_disguises_are_listed_in_order_and_seen_by_the_gate() -> None:
    words = load_disguised_words()
    assert list(words) == sorted(words)
    assert set(gate.DISGUISES) == {char for word, plain in words.items() for char in set(word) - set(plain)}
    assert all(repair(word).text == plain and repair(plain).text == plain for word, plain in words.items())


def test_lines_of_repairs_count_from_one() -> None:
    repaired = repair("第一行\n圖書館(guǎn)\n服務(wù)")
    assert [step.line for step in repaired.repairs] == [2, 3]


def test_a_long_line_takes_time_in_proportion_to_its_length() -> None:
    unit = HANS + HANS[:5] + HANS[5:].encode("gbk")[1:].decode("gb18030", "replace") + "圖書館(guǎn)的服務(wù)"
    seconds = []
    for times in (60, 480):
        start = time.process_time()
        repair(unit * times)
        seconds.append(time.process_time() - start)
    assert seconds[1] < 8 * 2.5 * max(seconds[0], 0.02)


def test_script_is_told_by_characters_of_one_script_only() -> None:
    assert [script_of(text) for text in (HANS, HANT, HANS + HANT, "abc", "")] == [
        "hans",
        "hant",
        "mixed",
        "other",
        "other",
    ]


def test_the_model_is_small_and_tells_text_from_noise() -> None:
    model = load_model()
    rng = random.Random(1)
    noise = "".join(chr(rng.randrange(0x4E00, 0x9FA5)) for _ in range(200))
    assert model.mean_cost(HANS) < 7 < 11 < model.mean_cost(noise)
    assert model.mean_cost(HANT) == pytest.approx(model.mean_cost(HANS))
    package = Path(gate.__file__).parent
    assert sum((package / name).stat().st_size for name in ("charmodel.npz", "lexicon.npz", "readings.txt")) < 2_000_000


# --- real text, where it is at hand ---------------------------------------------------------------------------------


def _texts(name: str, limit: int) -> Iterator[str]:
    path = DATA / f"{name}.jsonl.gz"
    if not path.is_file():
        pytest.skip(f"{path.name} is not here: set DETECTOR_DATA")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for _, line in zip(range(limit), lines, strict=False):
            yield json.loads(line)["text"]


@pytest.mark.parametrize("name", ["xwlb_news", "thucnews_1k", "drcd_zh_hant", "zh_hant_misc", "literature", "laws"])
def test_clean_sets_are_not_changed(name: str) -> None:
    changed = [text[:40] for text in _texts(name, 1500) if repair(text).text != text]
    assert changed == []


def test_clean_news_is_changed_only_where_it_was_damaged() -> None:
    allowed = {"radical", "invisible"}  # text layers of PDFs, zero-width characters within words, marks of joined files
    kinds = {step.kind for text in _texts("crud_rag_news", 5000) for step in repair(text).repairs}
    assert kinds <= allowed


def test_seeds_are_repaired_as_the_gold_says() -> None:
    gold = SHARED / "gold" / "seed-repairs.tsv"
    if not gold.is_file():
        pytest.skip("../shared is not here")
    with gold.open(encoding="utf-8") as source:
        rows = list(csv.reader(source, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    for name, line, _, restored, _ in rows:
        text = (SHARED / "seeds" / name).read_text(encoding="utf-8")
        repaired = repair(text)
        assert restored in repaired.text.split("\n")[int(line) - 1]
        assert replay(text, repaired.repairs) == repaired.text
    for path in sorted((SHARED / "seeds").glob("*.txt")):
        repaired = repair(path.read_text(encoding="utf-8"))
        assert not any(gate.suspect(repaired.text) & kind for kind in (gate.TONE, gate.SHIFT))
        if path.name.startswith(("003", "004")):
            assert repaired.repairs == ()


# A tool that glosses GBK bytes cuts characters where a trail byte and the next lead byte spell a character it knows.
CUT_BY_GLOSS = (
    ("頻道的新聞?lì)l道", "頻道的新聞頻道"),
    ("找當(dāng)?shù)叵\ue386M(fèi)者幫忙", "找當地消費者幫忙"),
    ("他的收入不能?guǐ)?gòu)多", "他的收入不能夠多"),
)


@pytest.mark.parametrize(("damaged", "restored"), CUT_BY_GLOSS)
def test_a_gloss_that_cut_a_character_in_two_tells_the_lost_byte(damaged: str, restored: str) -> None:
    repaired = repair(damaged)
    assert repaired.text == restored
    assert replay(damaged, repaired.repairs) == restored
