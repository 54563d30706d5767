"""The diary entries: what every rep did on every working day.

Belongs here: simulating activities against the event log of the deals. Does not: writing the diary workbooks.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from generator.deals import Deal
from generator.plants import Planted
from generator.world import AS_OF, FIRST_WEEK, LEAVER, LEFT_ON, REPS, SILENT, SILENT_AFTER, Customer

HOLIDAYS = [
    *(date(2026, 2, day) for day in (16, 17, 18, 19, 20, 27)),
    date(2026, 4, 3),
    date(2026, 4, 6),
    date(2026, 5, 1),
    date(2026, 6, 19),
]
MADE_UP = [date(2026, 1, 10)]  # the company's own 補班日 for 2 January
PURPOSE = [
    "了解產能瓶頸與擴產計畫",
    "說明方案與規格差異",
    "確認預算與採購時程",
    "試加工結果檢討",
    "拜會決策主管",
    "釐清付款與驗收條件",
    "追蹤報價回覆",
    "現場勘查與安裝空間確認",
    "回覆技術問題",
    "例行關懷與保養提醒",
]
CONTENT = [
    "與{who}討論{what}導入後的節拍時間，對方提供現況數據。",
    "簡報{what}的能耗與維護成本比較，{who}要求補充實績。",
    "{who}說明內部簽核流程，{what}需先經生產部同意。",
    "現場量測空間與配電，{what}可依原圖配置。",
    "提出{what}分期方案，{who}將向財務確認。",
    "檢討試車不良率，{who}同意再測一批。",
    "確認{what}交期與保固條件，{who}希望提前兩週。",
]
FEEDBACK = [
    "認同方案，等待主管裁示",
    "價格仍偏高，希望再議",
    "要求增加驗收條款",
    "正面，請準備正式報價",
    "競爭對手也在報價",
    "需與總公司再確認",
    "時程延後一個月",
]
WHO = ["廠長", "採購經理", "生產課長", "設備工程師", "副總", "總經理特助"]
PLACE = ["客戶工廠", "客戶總公司", "展示中心", "線上"]


@dataclass
class Activity:
    day: date
    rep: str
    customer: Customer | None
    deal: str | None
    kind: str  # 拜訪 電話 郵件 會議 其他
    purpose: str | None
    content: str | None
    feedback: str | None
    place: str | None
    problem: str | None
    help: str | None
    time_class: str
    minutes: int


def working_days() -> list[date]:
    """The company's working days from the Monday after the first report."""
    days = [FIRST_WEEK + timedelta(days=number) for number in range(1, 25 * 7 + 1)]
    return [day for day in days if day <= AS_OF and (day in MADE_UP or (day.weekday() < 5 and day not in HOLIDAYS))]


def simulate(chance: random.Random, deals: list[Deal], customers: list[Customer], planted: Planted) -> list[Activity]:
    """Everything that was done and written down. Deals planted as `no_evidence` get nothing."""
    found: list[Activity] = []
    quiet = set(planted.deals["no_evidence"])
    own = {rep: [customer for customer in customers if customer.owner == rep] for rep in REPS}
    for day in working_days():
        for rep in REPS:
            if (rep == LEAVER and day > LEFT_ON) or (rep == SILENT and day > SILENT_AFTER):
                continue
            live = [
                deal
                for deal in deals
                if deal.code not in quiet
                and deal.created <= day
                and (deal.closed is None or deal.closed >= day)
                and deal.on(day, "owners") == rep
            ]
            for _ in range(chance.choice([3, 3, 4, 4, 4, 5])):
                deal = chance.choice(live) if live and chance.random() < 0.8 else None
                found.append(_activity(chance, day, rep, deal, deal.customer if deal else chance.choice(own[rep])))
    return found


def _activity(chance: random.Random, day: date, rep: str, deal: Deal | None, customer: Customer) -> Activity:
    kind = chance.choices(["拜訪", "電話", "郵件", "會議", "其他"], [30, 40, 22, 4, 4])[0]
    if kind == "其他" and deal is None:
        return Activity(
            day,
            rep,
            None,
            None,
            kind,
            None,
            chance.choice(["整理週報與費用單", "更新客戶名錄", "內部會議", "準備展覽資料"]),
            None,
            None,
            None,
            None,
            "行政",
            chance.choice([60, 90, 120]),
        )
    what = deal.products[0][1].split()[-1] if deal else "設備"
    content = chance.choice(CONTENT).format(who=chance.choice(WHO), what=what)
    feedback = None if (kind == "拜訪" and chance.random() < 0.4) or chance.random() < 0.1 else chance.choice(FEEDBACK)
    problem = chance.choice(["主軸溫升需原廠說明", "安裝日程與停機時間衝突", "要求同業實績"]) if chance.random() < 0.08 else None
    wanted = chance.choice(["請技術部協助試加工", "請主管陪同拜訪", "請財務提供分期方案"]) if chance.random() < 0.05 else None
    place = chance.choice(PLACE) if kind in ("拜訪", "會議") else None
    minutes = {"拜訪": 90, "電話": 15, "郵件": 20, "會議": 60, "其他": 45}[kind] + chance.choice([0, 0, 5, 15, 30])
    purpose = None if chance.random() < 0.05 else chance.choice(PURPOSE)
    return Activity(
        day,
        rep,
        customer,
        deal.code if deal else None,
        kind,
        purpose,
        content,
        feedback,
        place,
        problem,
        wanted,
        "準備" if kind == "其他" else "銷售",
        minutes,
    )
