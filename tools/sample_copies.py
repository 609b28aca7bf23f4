"""Says which copies `tools/make_samples.py` makes of which source, with what edits and what damage."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the source `stem`, written to `to` (`file` or `file#row id`).

    `relation` is `exact-of` (the same text after folding), `near-of`, or `copy-of` where either may come out, since it
    hangs on how much of the damage or chrome is taken back. Edits come first, then script, then damage.
    """

    stem: str
    to: str
    relation: str
    edits: tuple[tuple[str, str], ...] = ()
    prefix: str = ""
    script: str = ""
    damage: str = ""
    seed: int = 0
    url: str = ""
    kind: str = ""


SWIFT_EDITS = (
    ("把一只雨燕放在平地上，它飞不起来。", "如果把一只雨燕放到平地上，它是飞不起来的。"),
    ("其中一只一次也没有落过。", "有一只甚至一次都没有落过。"),
    ("两种解释不矛盾，也都还没有定论。", ""),
    ("，来回三万多公里", "，一年往返三万多公里"),
)
BUS_EDITS = (
    ("本报讯（记者 殷小川）从今天起", "【本网消息】9月3日起"),
    ("，与日间线路一样可以刷卡、扫码", "，刷卡、扫码均可"),
    ("车过纺织路口，她按铃下车，", "到了纺织路口，她按铃下车，"),
    ("，市民的意见可以写在车厢后部的意见簿上，也可以拨打服务热线反映", ""),
)
DEPOSIT_EDITS = (
    ("法律门诊｜房东不退押金，怎么算得清\n\n主持人：榆川市法律援助中心 律师 戚明允\n\n", "退租遇到押金纠纷怎么办\n\n"),
    ("戚律师答复：", "律师答复："),
    ("我中心去年经办的十七件押金纠纷，最后平均退回了八成一。", ""),
    ("\n\n（来信请寄本报群工部，信封注明“法律门诊”。本栏答复供参考，个案以卷宗为准。）", ""),
)
WASHER_EDITS = (
    ("蒋沐阳 2024-06-11 08:14:37", "蒋沐阳 2024-08-30 19:26:05"),
    ("脏衣服往里一扔，省心又省力。", "把脏衣服放进去，省心省力。"),
    ("款式从波轮到滚筒应有尽有，", "波轮与滚筒两种款式齐全，"),
    ("卫生间湿气重，电脑板长期受潮，", "卫生间里湿气大，电脑板长时间受潮，"),
    ("为您带来干净清爽的好心情。", "给您一份清爽的好心情。"),
)
EGG_EDITS = (
    ("本报讯（记者 殷小川 侯远）中秋当天", "中秋当天"),
    (
        "，七月补栏的鸡最早十一月下旬开产，价格届时会回落，“养殖户要小心的是，别都挤在同一个月补栏，不然明年春天又是一轮。”",
        "。",
    ),
)
PUNCTUATION_EDITS = (
    ("嗤的一声就开了。里面", "嗤的一声就开了．里面"),
    ("里面是些不值钱的东西：", "里面是些不值钱的东西:"),
    ("梅雨天，家里的抽屉都拉不开了。", "\n梅雨天,家里的抽屉都拉不开了!\n"),
)
CASINO = "葡京线上开户,时时彩平台注册送金,澳门赌博网站大全,体育外围下注,棋牌代理加盟"

COPIES: tuple[Copy, ...] = (
    Copy("sci_swift", "mirror/swift-hk.txt", "exact-of", script="s2hk"),
    Copy("sci_swift", "mirror/swift-edited.txt", "near-of", SWIFT_EDITS),
    Copy("sci_swift", "damaged/swift-gloss.txt", "copy-of", script="s2tw", damage="gloss"),
    Copy("news_bus", "feed.jsonl#n411", "near-of", BUS_EDITS, url="https://www.reprint.example/a/88213.html"),
    Copy("news_bus", "feed.jsonl#n412", "near-of", script="s2twp", url="https://tw.reprint.example/a/88213.html"),
    Copy("econ_eggs", "table.csv#c5", "near-of", EGG_EDITS, url="https://www.reprint.example/a/88902.html"),
    Copy(
        "econ_eggs",
        "feed.jsonl#x503",
        "copy-of",
        prefix=CASINO,
        url="https://old.factory.example/news/17.html",
        kind="injected",
    ),
    Copy("law_deposit", "mirror/deposit.txt", "near-of", DEPOSIT_EDITS),
    Copy("fault_washer", "feed.jsonl#f105", "near-of", WASHER_EDITS, url="https://www.farm-b.example/guzhang/xyj/e4.html"),
    Copy("fault_heater", "feed.jsonl#f106", "exact-of", script="s2t", url="https://hant.farm-d.example/e1.html"),
    Copy("hist_type", "feed.jsonl#n413", "exact-of", url="https://www.reprint.example/a/71077.html"),
    Copy("museum", "feed.jsonl#n414", "copy-of", damage="utf8-as-gbk", seed=3, url="https://bad.reprint.example/9.html"),
    Copy("notice_water", "damaged/water-latin1.txt", "copy-of", damage="gbk-as-latin1"),
    Copy("school_letter", "damaged/letter-latin1.txt", "copy-of", damage="utf8-as-latin1"),
    Copy(
        "bond_explain",
        "archive.jsonl.gz#g5",
        "copy-of",
        script="s2tw",
        damage="shift",
        seed=8,
        url="https://bad.reprint.example/g5.html",
    ),
    Copy(
        "company_release",
        "archive.jsonl.gz#g6",
        "copy-of",
        damage="zero-width",
        seed=4,
        url="https://bad.reprint.example/g6.html",
    ),
    Copy("meteor", "mirror/geminids-wide.txt", "exact-of", damage="full-width"),
    Copy("essay_rain", "mirror/plum-rain.txt", "exact-of", PUNCTUATION_EDITS),
    Copy(
        "petfood_husky",
        "feed.jsonl#p205",
        "copy-of",
        script="s2tw",
        damage="gloss",
        url="https://hant.farm-d.example/husky-xigua",
    ),
    Copy("news_bridge", "mirror/bridge.txt", "copy-of"),
    Copy("interview_potter", "mirror/potter.txt.gz", "exact-of"),
)
