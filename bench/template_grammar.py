# ruff: noqa: E501, SIM905
"""Families of four topics that no weight was fitted on, made by a grammar: a held-out check of `detector/template/`.

    python bench/template_grammar.py [--seeds 1 2 3]

The making differs from bench/templates.py: every sentence is put together from parts with alternatives of their own
(some hundred sayings of one thing), sections are those of the topic rather than of a general table of roles, headings
are questions at times, and strong disguise shuffles the sentences of a section, joins or splits sections and adds
sentences of its own. Nothing was tuned on it. Decoys write about the same things in another order of their own.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence

import opencc
import templates as bench

from detector.template.family import find_families
from detector.template.features import template_row
from detector.types import Document

_TRADITIONAL = opencc.OpenCC("s2t")
Lines = list[tuple[str, str, int]]

# topic -> names, sections; a section has headings and sentences, a sentence parts, a part alternatives split by |
TOPICS: dict[str, tuple[str, list[tuple[str, list[str]]]]] = {
    "gardening": ("蓝雪花 绣球 三角梅 茉莉 月季 铁线莲 栀子花 天竺葵 矾根 球兰", [
        ("{x}喜欢什么样的土|{x}的配土|盆土怎么调|土壤准备", ["{x}的根系|这种花的根|它的须根", "怕积水|忌长期泡水|最怕闷根", ",所以|,因此", "要用疏松的土|土里要多掺颗粒|别用黏重的园土"]),
        ("{x}多久浇一次水|浇水频率|{x}的浇水|什么时候补水", ["春秋两季|天气凉爽时|气温适中的日子", "三天左右浇一次|隔几天浇一回|看盆土发白再浇", ",|;", "夏天早晚各看一眼|高温天避开正午|伏天宁干勿湿"]),
        ("{x}的光照要求|放在哪里养|阳台朝向有讲究|{x}要晒太阳吗", ["南阳台|朝阳的窗台|采光好的地方", "最合适|长得最旺|开花最多", ",每天|,一天里", "见光四五个小时|有半天散射光|晒足上午的太阳"]),
        ("{x}怎么施肥|施肥要点|肥料选择|薄肥勤施", ["长叶期|发芽以后|抽新枝的阶段", "用氮多一点的肥|补些均衡肥|十天喂一次水溶肥", ",孕蕾之后|,有花苞时", "换成磷钾肥|加点磷酸二氢钾|停掉氮肥"]),
        ("{x}如何修剪|剪枝时机|花后修剪|{x}打顶的办法", ["花谢以后|残花落了|一茬花开完", "剪掉三分之一|在饱满的芽点上方下剪|顺手疏去弱枝", ",伤口|,切面", "抹点多菌灵|晾干就好|避免淋雨"]),
        ("{x}的病虫害|黄叶是怎么回事|红蜘蛛与白粉病|叶子发黄怎么办", ["叶背有小点|叶片卷曲|新叶发黄", "多半是虫|往往是通风差|常因缺铁", ",先隔离|,马上搬到通风处", "再喷两次药|摘掉病叶|用清水冲洗叶背"]),
        ("{x}扦插的步骤|繁殖方法|怎样扦插{x}|一盆变十盆", ["取半木质化的枝条|剪一段健壮的茎|选没开花的枝", "留两片叶|斜切四十五度|切口晾半天", ",插进|,埋入", "湿润的蛭石|珍珠岩里|干净的河沙"]),
        ("{x}怎么过冬|越冬管理|冬天要不要搬进屋|防寒", ["气温低于五度|霜降前后|北方入冬", "就要搬进室内|给它套个袋子|控水停肥", ",来年|,到了春天", "再慢慢见光|重新换盆|从基部发出新芽"]),
    ]),
    "instruments": ("古筝 尤克里里 竹笛 二胡 葫芦丝 电吉他 手风琴 大提琴 扬琴 萨克斯", [
        ("{x}好学吗|零基础学{x}|成年人能学{x}吗|入门难度", ["没有乐理底子|完全的新手|从来没碰过乐器的人", "也可以开始|不必担心|照样学得会", ",前一个月|,头几周", "先认音|把姿势练稳|只求声音干净"]),
        ("{x}怎么挑|买琴指南|第一把{x}买多少钱的|选琴", ["入门级|练习用的琴|头一件乐器", "千元上下就够|不必追求面板单板|先看做工", ",最好|,有条件的话", "请老师帮忙试音|到店里比较音准|听一听余音"]),
        ("{x}的指法|基本手型|左右手怎么配合|姿势与手型", ["手腕放松|肩膀不要耸|手指自然弯曲", ",像握着鸡蛋|,指尖立住|,小关节撑起来", ";慢速|;对着镜子", "练到不看手|每天十分钟|反复找位置"]),
        ("每天练多久|练习计划|{x}练琴时间表|一周怎么安排", ["每天半小时|分成两次|早晚各二十分钟", "比周末猛练|比一口气三小时|比断断续续", "有效得多|进步快|更容易坚持", ",记得打节拍器|,先慢后快|,录下来自己听"]),
        ("{x}考级要注意什么|考级曲目|要不要考级|报名与考场", ["考级|证书|级别", "只是一个阶段的检验|不是学琴的目的|可以当作动力", ",曲目|,挑选的曲子", "至少准备三个月|要背熟|别超出能力"]),
        ("{x}的保养|琴放在哪里|受潮开裂怎么防|日常维护", ["南方雨季|暖气房里|换季的时候", "湿度变化大|木头容易变形|面板最怕忽干忽湿", ",琴盒里|,箱子中", "放一包干燥剂|挂个湿度计|用完擦干手汗"]),
        ("换弦与调音|{x}怎么调音|音不准了|调弦的方法", ["先用校音器|对着手机软件|参照钢琴的音", "把音拧到偏低|从低往高调|一点一点上紧", ",再|,然后", "轻拨几次|等弦稳定|复核一遍"]),
        ("找老师还是自学|{x}网课值得买吗|如何选老师|面授与网课", ["自学|看视频|跟着网课", "省钱|时间自由|起步方便", ",可是|,但", "错误的动作没人纠正|容易养成坏习惯|走弯路"]),
    ]),
    "insurance": ("百万医疗险 意外险 重疾险 车损险 家财险 宠物险 旅行险 年金险 定期寿险 门诊险", [
        ("{x}保什么|保障范围|责任条款|{x}的保障", ["合同里写明的|条款列出的|保单载明的", "住院和手术|事故造成的开支|约定的情形", ",公司|,保险人", "按比例赔付|在保额内报销|一次给足"]),
        ("{x}不保什么|免责部分|这些情况不赔|除外责任", ["酒后|故意行为|投保前就有的毛病", "不在赔付之列|属于除外情形|拿不到钱", ",签字之前|,下单以前", "请逐条看清|要问明白|别跳过小字"]),
        ("健康告知怎么填|如实告知|投保前的询问|{x}告知义务", ["问到的要答|没问的不用说|体检异常要如实写", ",隐瞒|,漏填", "可能导致拒赔|等于埋雷|日后容易扯皮", ";拿不准就|;不确定时", "走智能核保|先问客服|调出病历核对"]),
        ("{x}一年多少钱|保费怎么算|价格差在哪里|交费方式", ["三十岁的人|年轻人|同样的保额", "每年几百元|保费不高|差价能有一倍", ",年龄越大|,职业风险越高", "价格上涨越快|费率跟着走|可选的越少"]),
        ("{x}理赔流程|出险以后怎么办|报案步骤|赔款多久到账", ["出事先报案|四十八小时内通知|拨打保单上的电话", ",保留现场照片|,收好发票|,别急着私了", ";资料交齐后|;提交之后", "十来天到账|等待审核|有疑问可以申诉"]),
        ("理赔要哪些材料|单证清单|准备什么资料|{x}需要的证明", ["身份证明|银行卡复印件|诊断书和费用清单", "缺一不可|都要原件|最好留底", ",异地就医|,委托别人办", "还要转诊单|另附授权书|盖章才有效"]),
        ("退保会亏多少|{x}能退吗|犹豫期|后悔了怎么办", ["犹豫期之内|收到合同的头十几天|签收不久", "可以全额退|只扣工本费|反悔没有损失", ",过了这段时间|,之后再退", "只剩现金价值|要亏不少|得不偿失"]),
        ("谁适合买{x}|适用人群|哪些家庭需要|买给谁", ["家里的顶梁柱|有房贷的人|刚有孩子的家庭", "应该先配|优先考虑|最需要", ",老人|,小朋友", "侧重意外和医疗|可以简单一点|别买太贵"]),
    ]),
    "driving": ("安达驾校 通途驾校 平安驾校 四海驾校 飞跃驾校 新征程驾校 远航驾校 蓝盾驾校 金手指驾校 易行驾校", [
        ("{x}报名条件|报名需要什么|体检与年龄|{x}怎么报名", ["带上身份证|准备几张照片|年满十八岁", ",到前台|,在线上", "填表就行|体检合格即可|半天办完手续", ";色弱|;外地户口", "要提前问|另办居住证明|也有办法"]),
        ("{x}学费是多少|收费明细|有没有隐形收费|班型价格", ["普通班|一对一的班|周末班", "三四千元|价格贵一截|分期也可以", ",补考费|,模拟费", "另外算|一定要写进合同|问清再交"]),
        ("{x}练车怎么安排|约车难不难|学时安排|一天练几个小时", ["用手机约车|提前两天预约|按学时排队", ",工作日人少|,早上六点最空|,暑假最挤", ";一辆车|;每位教练", "带四个学员|轮着上车|每次半小时"]),
        ("科目二怎么过|倒库的点位|五项要领|{x}科二通过率", ["倒车入库|侧方停车|坡道起步", "靠的是看点|关键在车速|别慌", ",后视镜|,方向盘", "回得要快|盯住库角|每次打满"]),
        ("路考要注意什么|科目三灯光|夜间路考|上路考试", ["灯光听完再操作|变道先看后打灯|起步绕车一周", ",直线行驶|,过路口", "眼看远处|点一下刹车|微调就好", ";考官|;安全员", "踩刹车就挂科|不会提示|只看动作"]),
        ("{x}的教练怎么样|教练骂人吗|如何换教练|教学水平", ["脾气急的教练|老教练|每个教练", "风格不同|各有一套口诀|经验差别大", ",实在合不来|,真受不了", "可以申请更换|找前台协调|打投诉电话"]),
        ("多久能拿证|拿本时间|最快几天|{x}学车周期", ["顺利的话|一次都不挂|抓紧练", "两个月|四十来天|一个假期", ",遇上排考|,人多的城市", "要等更久|半年也有|别着急"]),
        ("可以退学费吗|转校与退费|{x}退费规定|不想学了", ["没上车之前|还没考科一|刚交钱", "大部分能退|扣一点手续费|好商量", ",考过两科|,练了一半", "只能退剩下的|按学时扣|建议转让"]),
    ]),
}  # fmt: skip
TITLES = "{x}{t}|{x}新手必读|一篇讲清{x}|关于{x},你想知道的都在这里|{x}值得了解的几件事|{x}避坑笔记"
NAMED = "对{x}来说,|说到{x},|就{x}而言,|关于{x},"
TURNS = "全知道|怎么样|经验谈|完整攻略"
FILLERS = (
    "话说回来,各人情况不同。|这一点常被忽略。|身边的朋友也这么说。|不妨先记下来。|当然也有例外。|实际做起来并不难。".split("|")
)
ESSAY = "楼下的邻居|去年的一次尝试|后来才明白|翻车现场|意外的收获|写给自己的话|从头再来|问过的三个人|一张清单|不说的秘密".split(
    "|"
)
NUMBERINGS = ("cjk", "decimal_dot", "markdown", "ordinal", "bare")
CHANGE = {"light": 0.08, "middle": 0.4, "strong": 0.85}


def say(text: str, change: float, draw: random.Random) -> str:
    """One of the alternatives of `text`: the first, or with probability `change` any."""
    options = text.split("|")
    return draw.choice(options) if draw.random() < change else options[0]


def sentences(parts: Sequence[str], home: random.Random, change: float, draw: random.Random) -> list[str]:
    """Three sentences made of parts; `home` draws what the template itself says, `draw` how a member departs from it."""
    said = []
    for k in range(3):
        chosen = [home.choice(part.split("|")) for part in parts]
        said.append(
            "".join(draw.choice(p.split("|")) if draw.random() < change else c for p, c in zip(parts, chosen, strict=True))
            + "。"
        )
        if k == 0:
            said[0] = say(NAMED, change, draw) + said[0]
    return said


def member(topic: str, plan: str, name: str, disguise: str, draw: random.Random) -> Lines:
    """The lines of one page on the template that `plan` names."""
    home = random.Random(plan)
    table = TOPICS[topic][1]
    order = home.sample(range(len(table)), home.randint(5, 7))
    number, title, change = home.choice(NUMBERINGS), home.choice(TITLES.split("|")), CHANGE[disguise]
    if draw.random() < change:
        title = draw.choice(TITLES.split("|"))
    if disguise == "strong":
        order.pop(draw.randrange(len(order)))
        k = draw.randrange(len(order) - 1)
        order[k], order[k + 1] = order[k + 1], order[k]
        number = draw.choice(NUMBERINGS)
    lines: Lines = [(title.format(x=name, t=say(TURNS, change, draw)), "title", 0)]
    for k, section in enumerate(order):
        headings, parts = table[section]
        own = random.Random(f"{plan}/{section}")
        heading = own.choice(headings.split("|"))
        if draw.random() < change:
            heading = draw.choice(headings.split("|"))
        texts = sentences(parts, own, change, draw)
        if disguise != "light" and draw.random() < change:
            texts[draw.randrange(3)] = draw.choice(FILLERS)
        if disguise == "strong":
            draw.shuffle(texts)
        lines += [(bench._numbered(heading, k, number), "heading", 1), ("".join(texts), "body", 0)]
    lines = [(text.format(x=name), label, level) for text, label, level in lines]
    if disguise == "strong":
        lines = [(bench._damaged(text, draw) if label == "body" else text, label, level) for text, label, level in lines]
    if disguise != "light" and draw.random() < 0.5:
        lines = [(_TRADITIONAL.convert(text), label, level) for text, label, level in lines]
    return lines


def decoy(topic: str, draw: random.Random) -> Lines:
    """A page about things of the topic under headings of its own, in which one section of the topic may stand."""
    names, table = TOPICS[topic]
    name = draw.choice(names.split())
    headings = draw.sample(ESSAY, draw.randint(3, 5))
    lines: Lines = [(say(TITLES, 1.0, draw).format(x=name, t=say(TURNS, 1.0, draw)), "title", 0)]
    number = draw.choice(NUMBERINGS)
    if draw.random() < 0.5:
        headings[draw.randrange(len(headings))] = draw.choice(draw.choice(table)[0].split("|"))
    for k, heading in enumerate(headings):
        mixed = [draw.choice(sentences(draw.choice(table)[1], draw, 1.0, draw)) for _ in range(2)]
        lines += [(bench._numbered(heading, k, number), "heading", 1), ("".join([*mixed, draw.choice(FILLERS)]), "body", 0)]
    return [(text.format(x=name), label, level) for text, label, level in lines]


def corpus(
    disguise: str, families: int, members: int, seed: int, topics: Sequence[str] = tuple(TOPICS)
) -> tuple[list[Document], dict[str, str]]:
    """Documents, and the family of each that has one."""
    documents, truth = [], {}
    for topic in topics:
        names = TOPICS[topic][0]
        for k in range(families):
            draw = random.Random(f"{seed}/{topic}/{k}/{disguise}")
            for name in draw.sample(names.split(), members):
                label = f"{topic}/{k}/{name}"
                documents.append(bench.document(label, member(topic, f"{seed}/{topic}/{k}", name, disguise, draw)))
                truth[label] = f"{topic}/{k}"
        draw = random.Random(f"{seed}/{topic}/decoys")
        documents += [bench.document(f"{topic}/decoy/{k}", decoy(topic, draw)) for k in range(2 * members)]
    return documents, truth


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--families", type=int, default=1, help="families a topic")
    parser.add_argument("--members", type=int, default=8)
    parser.add_argument("--topics", nargs="+", default=list(TOPICS))
    parser.add_argument("--no-rules", action="store_true", help="leave the table of roles out")
    args = parser.parse_args()
    row = bench._without_roles if args.no_rules else template_row
    for disguise in bench.DISGUISES:
        for seed in args.seeds:
            documents, truth = corpus(disguise, args.families, args.members, seed, args.topics)
            found = find_families([d.id for d in documents], [row(d) for d in documents])
            print(f"{disguise:7}", seed, len(documents), {k: round(v, 3) for k, v in bench.measure(found, truth).items()})


if __name__ == "__main__":
    main()
