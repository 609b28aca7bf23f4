"""Turns a text into the places where words were deleted: `資金問的` (问题), `撥打其 ,` (电话), `成立于年` (a year).

Farms delete words that filters look for. What stood there can't be known for certain, so the text stays as it is.
Precision counts: a hole is evidence against a page, so each pattern needs a context that honest text does not give.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detector.text.edits import Edit, apply_edits
from detector.text.script import script_of
from detector.types import Hole, Repaired

KIND = "hole"

# Nouns that stand before 问题 as its topic and never before 问, to ask, as its subject.
_TOPICS = (
    *("资金", "资产", "经济", "财务", "债务", "欠款", "借款", "贷款", "借贷", "还款", "催收", "逾期", "周转", "信用", "征信"),
    *("利息", "利率", "费用", "收费", "价格", "成本", "税务", "投资", "理财", "支付", "账户", "额度", "合同", "纠纷", "维权"),
    *("法律", "法规", "合规", "监管", "伦理", "道德", "社会", "民生", "治安", "腐败", "贫困", "就业", "住房", "教育", "环境"),
    *("心理", "健康", "身体", "情绪", "精神", "皮肤", "睡眠", "肠胃", "营养", "饮食", "视力", "减肥", "情感", "感情", "婚姻"),
    *("家庭", "人际", "安全", "隐私", "信息", "数据", "网络", "系统", "软件", "硬件", "性能", "技术", "质量", "兼容", "故障"),
    *("售后", "物流", "服务", "管理", "运营", "效率", "污染", "排放", "噪音", "交通", "食品", "卫生", "医疗", "养老", "版权"),
    *("学习", "工作", "生活", "使用", "操作", "常见", "相关", "此类", "类似", "主要", "关键", "核心", "实际", "具体", "现实"),
)
_TO_HANT = str.maketrans(
    "资产经济财务债还贷借收转征费价险项税账额约维权规监伦会贫众业环质体绪肤肠胃营养饮减情网络系统软硬数据术兼障后运"
    "营质污噪传医疗版学习关类似键实际现纠纷额户",
    "資產經濟財務債還貸借收轉徵費價險項稅賬額約維權規監倫會貧眾業環質體緒膚腸胃營養飲減情網絡系統軟硬數據術兼障後運"
    "營質污噪傳醫療版學習關類似鍵實際現糾紛額戶",
)
_TOPIC_SET = frozenset((*_TOPICS, *(topic.translate(_TO_HANT) for topic in _TOPICS), "資訊", "帳戶"))
# What no question that is asked goes on with.
_GOES_ON = re.compile(r"(?:[，。；、！,.;!]|[的也]|[时時][，,都]|日益|逐[渐漸]|都[能会會])")
_THIS = re.compile(r"(?:解[决決]|面[对對]|[针針應应][对對])[这這此]一$")

_STOP = "[,，。、；;]"
# Calling somebody, with the telephone gone: a blank stands before the stop.
_CALL = re.compile(
    r"(?:[拨撥]打|[拨撥]通|接[听聽]|[挂掛][断斷])(?:[借贷貸]款人|用[户戶]|客[户戶]|其|他人|[亲親]友|家人|及其|和|的|了){0,5}"
    rf"(?P<blank>[ \u3000]{{1,2}})(?={_STOP})"
)
# A blank in a list of ways to reach somebody, or before what is done by telephone.
_MEANS = re.compile(
    r"(?:[通經][过過]|包括|分[为為]|以|用|催收)(?P<blank>[ \u3000]{1,2})"
    r"(?=[和、][ ]?短信|催收、|提醒|不[断斷][拨撥]打)"
)
# One of these stands in any text that the patterns find something in: far quicker to look for.
_HAS_BLANK = re.compile("[ \u3000](?:[,，、。；;和催提]|不[断斷])")
_SPEAKS_OF_CALLS = ("拨", "撥", "短信", "催收")
_CALL_SIGNS = tuple(blank + stop for blank in " \u3000" for stop in ",，。、；;")
_MEANS_SIGNS = tuple(char + blank for blank in " \u3000" for char in "过過括为為以用收")
# A blank before a stop, between Han characters, in a text that has other holes, and else sets no blanks there.
_BLANK = re.compile(rf"(?<=[\u4e00-\u9fff])[ \u3000](?={_STOP}(?:[\u4e00-\u9fff]|\s*$))", re.M)
_YEAR = re.compile(
    r"(?:成立|[创創][立建办辦]|始建|建立|[诞誕]生|[组組]建|注[册冊]|註冊)[于於](?=年(?![初底末内內中前后後间間]))"
)
MAX_BLANK_SHARE = 0.05  # of the stops; above, blanks before stops are the author's habit
_QUOTES = re.compile("[“”「」『』]")
_STOPS = re.compile(_STOP)


def find_holes(text: str) -> tuple[Hole, ...]:
    """The places of `text` where something was deleted, in order, none inside quotation marks.

    `text[start:end] == quote`, and `suggestion` is what the quote should read where that is all but certain.
    """
    found = [*_questions(text), *_telephones(text), *_years(text)]
    if not found:
        return ()
    taken = {i for hole in found for i in range(hole.start, hole.end + 1)}
    found += [hole for hole in _blanks(text) if hole.end not in taken]
    return tuple(sorted((hole for hole in found if not _quoted(text, hole.start)), key=lambda hole: hole.start))


def fill_holes(repaired: Repaired) -> Repaired:
    """Write the suggestions into the text, each recorded as a repair; holes without one stay."""
    edits = [Edit(hole.start, hole.quote, hole.suggestion) for hole in repaired.holes if hole.suggestion is not None]
    text, repairs = apply_edits(repaired.text, KIND, edits)
    return Repaired(text, (*repaired.repairs, *repairs), find_holes(text))


def _questions(text: str) -> Iterator[Hole]:
    for at in _occurrences(text, "问問"):
        if not _GOES_ON.match(text, at + 1):
            continue
        if text[max(0, at - 2) : at] in _TOPIC_SET:
            start = at - 2
        elif this := _THIS.search(text, max(0, at - 4), at):
            start = this.start()
        else:
            continue
        quote = text[start : at + 1]
        yield Hole(start, at + 1, quote, quote + ("題" if quote[-1] == "問" else "题"))


def _occurrences(text: str, chars: str) -> Iterator[int]:
    """Where `chars` stand, one after the other; `str.find` is ten times faster than a pattern."""
    for char in chars:
        at = text.find(char)
        while at >= 0:
            yield at
            at = text.find(char, at + 1)


def _telephones(text: str) -> Iterator[Hole]:
    if not any(sign in text for sign in _SPEAKS_OF_CALLS) or not _HAS_BLANK.search(text):
        return
    word = ""
    for pattern, signs in ((_CALL, _CALL_SIGNS), (_MEANS, _MEANS_SIGNS)):
        if not any(sign in text for sign in signs):
            continue
        for found in pattern.finditer(text):
            word = word or ("電話" if script_of(text) == "hant" else "电话")
            kept = text[found.start() : found.start("blank")]
            yield Hole(found.start(), found.end("blank"), found[0], kept + word)


def _years(text: str) -> Iterator[Hole]:
    if "于年" not in text and "於年" not in text:
        return
    for found in _YEAR.finditer(text):
        yield Hole(found.start(), found.end() + 1, found[0] + "年")


def _blanks(text: str) -> Iterator[Hole]:
    blanks = list(_BLANK.finditer(text))
    if not blanks or len(blanks) > MAX_BLANK_SHARE * len(_STOPS.findall(text)):
        return
    for found in blanks:
        start = found.start() - 1
        yield Hole(start, found.end(), text[start : found.end()])


def _quoted(text: str, at: int) -> bool:
    """Whether `at` stands within quotation marks of its line."""
    start = max(0, at - 300)
    line = text[max(start, text.rfind("\n", start, at) + 1) : at]
    marks = _QUOTES.findall(line)
    return bool(marks) and marks[-1] in "“「『"
