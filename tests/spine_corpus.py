"""A small corpus for tests of the whole way: clean articles, copies of them, and a farm family, all invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

ARTICLES: Mapping[str, str] = {
    "tea": (
        "春茶开采的第三天\n清晨五点，山里的雾还没有散，采茶的人已经背着竹篓上了坡。领头的老周说，今年倒春寒来得晚，芽头比往年短，"
        "手要轻，不然就掐断了。到了八点，太阳从对面的岭上翻过来，叶尖的水珠一颗颗亮起来。\n"
        "下午收青的车停在村口，秤一过，人人都围上去看数。老周的女儿采得最多，四斤六两，她把湿透的袖子卷起来，笑着说明天还要早一点。"
    ),
    "bridge": (
        "旧桥修了一个夏天\n县里那座石拱桥是民国时候修的，去年汛期冲坏了一个桥墩，车不能走，人也只能侧着身子过。六月开工以后，"
        "施工队先把河水引到一边，再一块一块地把石头编号拆下来。\n老石匠何师傅说，原来的灰缝里掺了糯米汁，比现在的水泥还要韧。"
        "他们照着老法子试了三次，第三次才像样。九月底桥重新通行，第一个走过去的是送牛奶的三轮车。"
    ),
    "chess": (
        "决赛下了七个小时\n周日的围棋决赛从上午十点开始，到下午五点才分出胜负。执黑的林一鸣开局走得很厚，中盘却在右下角算漏了一步，"
        "被白棋断开以后大龙只剩一只眼。\n复盘的时候两个人都没怎么说话，只是一遍遍把那手棋摆上去又拿下来。裁判后来说，"
        "这样的对局一年也见不到两盘，输的那个未必就差。奖杯颁完已经是傍晚，观众席上还坐着十几个孩子。"
    ),
    "library": (
        "图书馆开了夜间阅览室\n从本周起，市图书馆二楼的阅览室延长到晚上十一点。馆长介绍，去年的统计显示晚上七点以后进馆的人里，"
        "四成是准备考试的学生，三成是下班以后来看书的人。\n为了省电，灯只开有人坐的那一半，饮水机照常供水，自习的座位要提前一天在网上预约，"
        "迟到半小时自动取消。第一天晚上来了两百一十人，比预计的多出一倍。"
    ),
}
BRIDGE_TRADITIONAL = ARTICLES["bridge"].translate(
    str.maketrans(
        "旧桥修个县里国时候坏墩车侧着过开队块头编号师说来缝掺现泥还韧们试样才送轮",
        "舊橋修個縣裡國時候壞墩車側著過開隊塊頭編號師說來縫摻現泥還韌們試樣才送輪",
    )
)
RIVER = (
    "沿着青溪走到入海口\n第一天从源头的水电站出发，山路只有一米宽，左手是崖，右手是水。背包里装着三天的干粮和一口小锅，走到中午肩膀就勒红了。"
    "守站的老人说，溪水四季都清，只有春汛那几天发黄，黄了以后鱼反而好钓。\n第二天过了两个村子，一个姓蓝，一个姓钟，房子都是黄泥夯的。"
    "姓蓝的村口有一棵樟树，树洞里能坐三个人，孩子们放学先爬一遍树才肯回家。借宿的那家晚上炒了笋干，又端出去年酿的米酒，"
    "说起年轻时撑竹排下山卖炭，一趟五天，回来的路全靠走。\n第三天地势平了，溪面宽得像河，两岸种着甘蔗。中午下了一场急雨，"
    "我躲在抽水房里，看雨点把水面打成一片白。管水的大姐教我看水尺，说涨过第七格就要打电话给下游。\n"
    "到入海口已经是第四天傍晚，潮水正往上涌，咸的和淡的在沙洲前面分出一条线，线的这边漂着竹叶，那边浮着泡沫。"
    "渔船一条接一条回港，船头的灯还没有亮。我把鞋脱了站在水里，想起源头那个老人问过我，走这么远图什么，我当时没有答上来。"
)
RIVER_INNER = RIVER[: RIVER.index("第三天")].strip()
CITIES: Mapping[str, str] = {
    "青河": "园区东侧的芦苇荡每到秋天一片金黄，木栈道沿着水边绕了三公里，傍晚能看见成群的白鹭飞过，爱拍照的人一等就是半天。",
    "南屿": "岛上的红树林退潮以后露出大片滩涂，招潮蟹挥着大钳子爬来爬去，带孩子来的家长最好准备雨靴，轮渡末班是晚上六点四十。",
    "白石": "湖心有一座八角亭，相传是清代一位知县所建，石碑上的字已经看不清了，夏天荷花开满半个湖面，租一条小船要六十块钱。",
    "临泽": "戈壁边上的这片沼泽靠祁连山的雪水养着，四月间天鹅成对落下来歇脚，观鸟台上装了望远镜，风大的日子记得戴围巾。",
    "东渡": "老码头改成了游客中心，二楼展出渔民用过的罗盘和帆布，从窗口望出去是新修的跨江大桥，夜里亮灯时倒影很好看。",
}
ODD = "农场的账本\n老陈记账用一支铅笔，哪天下了雨，哪天卖了奶，都写在日历的背面，十二年没有断过。"
TAIL = ("相关推荐：", "白石古镇一日游攻略大全", "临泽温泉酒店怎么预订", "望江美食排行榜前十名", "南屿海滩门票多少钱")


def farm_text(city: str) -> str:
    """An invented travel page on one template, with a notice and a tail of links."""
    return "\n".join(
        [
            f"{city}湿地公园门票多少钱？{city}湿地公园游玩攻略",
            f"近年来，随着旅游业的迅猛发展，越来越多的游客前往{city}湿地公园观鸟。"
            f"那么{city}湿地公园门票多少钱呢？下面小编就为大家详细介绍一下。",
            f"一、{city}湿地公园门票多少钱",
            f"{city}湿地公园的门票价格会根据季节有所不同，游客应当提前了解相关信息，做好充分的准备工作，以免影响行程。",
            f"二、{city}湿地公园开放时间",
            f"关于{city}湿地公园的开放时间，不同的季节有不同的规定，建议大家在出发之前先打电话咨询，合理安排时间。",
            f"三、{city}湿地公园怎么去",
            f"前往{city}湿地公园的交通方式有很多种，大家可以根据自己的实际情况进行选择，总之祝大家旅途愉快。",
            CITIES[city],
            "四、总结",
            f"以上就是小编为大家整理的关于{city}湿地公园的全部内容，希望对大家有所帮助。",
            "声明：本文由网友投稿，不代表本站立场，如有侵权请联系 kefu@example.com 删除",
            *TAIL,
        ]
    )


def rows() -> list[dict[str, Any]]:
    """14 documents: 5 articles, an exact, a near and a contained copy, 5 farm pages, one with odd columns."""
    made: list[dict[str, Any]] = [
        {"id": name, "text": text, "url": f"https://news.example/{name}", "date": f"2024-03-0{i}"}
        for i, (name, text) in enumerate(ARTICLES.items(), 1)
    ]
    made.append({"id": "bridge-hant", "text": BRIDGE_TRADITIONAL, "url": "https://copy.example/b"})
    made.append({"id": "chess-near", "text": ARTICLES["chess"].replace("观众席上还坐着十几个孩子", "场边还有人不肯走")})
    made.append({"id": "river", "text": RIVER, "url": "https://news.example/river"})
    made.append({"id": "river-inner", "text": RIVER_INNER, "url": "https://copy.example/r"})
    made += [
        {"id": f"farm-{i}", "text": farm_text(city), "url": f"https://www.farm{i % 2}.example/{i}"}
        for i, city in enumerate(CITIES)
    ]
    made.append({"id": "odd", "text": ODD, "farm": "红星农场", "score": 1.5, "tags": ["水", None]})
    return made


def write_jsonl(path: Path, documents: Sequence[Mapping[str, Any]]) -> Path:
    """The documents as JSON lines."""
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in documents))
    return path


def table(folder: Path, name: str) -> list[dict[str, Any]]:
    """The rows of one file of an output folder."""
    return [orjson.loads(line) for line in (folder / f"{name}.jsonl").read_bytes().splitlines()]
