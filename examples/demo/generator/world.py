"""Who and what exists in the demo company: teams, reps, products, customers, currencies, stage names.

Belongs here: fixed facts and invented names. Does not: anything that happens (deals.py) or goes wrong (plants.py).
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

FIRST_WEEK = date(2026, 1, 4)
WEEKS = [FIRST_WEEK + timedelta(days=7 * number) for number in range(26)]
AS_OF = WEEKS[-1]
NEW_LAYOUT_FROM = 15  # week number, 1-based
TEAMS = {"北區": "趙建國", "中區": "孫淑芬", "南區": "李文彬"}
REPS = {
    "趙建國": "北區",
    "陳冠宇": "北區",
    "林佩君": "北區",
    "黃國榮": "北區",
    "吳怡萱": "北區",
    "孫淑芬": "中區",
    "蔡明哲": "中區",
    "鄭雅文": "中區",
    "何建宏": "中區",
    "許志豪": "中區",
    "李文彬": "南區",
    "郭心怡": "南區",
    "邱俊傑": "南區",
    "曾美玲": "南區",
}
CODES = {name: f"S{number:02d}" for number, name in enumerate(REPS, 1)}
LEAVER, LEFT_ON, LEAVER_CUSTOMERS = "許志豪", date(2026, 4, 30), 11
SILENT, SILENT_AFTER = "邱俊傑", date(2026, 4, 30)  # still employed, but sends no diary for May and June
DIARY_ALIAS = {"陳冠宇": "Kevin Chen"}  # signs his diary in English
MOVER, MOVED_ON, MOVED_TO = "吳怡萱", date(2026, 4, 1), "中區"
STANDARD = [
    ("contact_made", "建立聯絡"),
    ("need_confirmed", "確定需求"),
    ("proposal_supported", "提出方案並取得支援"),
    ("project_approved", "立項"),
    ("shortlisted", "入圍"),
    ("selected", "選中"),
    ("negotiation", "談判"),
    ("won", "贏單"),
    ("lost", "丟單"),
]
SERVICE = [
    ("service_requested", "需求提出"),
    ("site_surveyed", "現場勘查"),
    ("quoted", "報價"),
    ("terms_agreed", "議約"),
    ("signed", "簽約"),
    ("not_signed", "未簽約"),
]
STAGES = {"standard": STANDARD, "service": SERVICE}
LOSS_REASONS = ["價格太高", "輸給競爭對手", "沒有預算", "客戶暫停", "規格不符", "交期太長", "服務不佳"]
RATES = {  # first of the month -> TWD for one unit; no rate for CHF, on purpose
    date(2025, 12, 1): {"USD": "31.42", "EUR": "36.48", "JPY": "0.2015"},
    date(2026, 1, 1): {"USD": "31.55", "EUR": "36.90", "JPY": "0.2012"},
    date(2026, 2, 1): {"USD": "31.48", "EUR": "37.25", "JPY": "0.2033"},
    date(2026, 3, 1): {"USD": "31.80", "EUR": "37.10", "JPY": "0.2021"},
    date(2026, 4, 1): {"USD": "32.05", "EUR": "36.85", "JPY": "0.2008"},
    date(2026, 5, 1): {"USD": "31.92", "EUR": "36.70", "JPY": "0.2026"},
    date(2026, 6, 1): {"USD": "31.75", "EUR": "36.95", "JPY": "0.2040"},
}
PRODUCTS = [  # code, name, family, list price in TWD, cost in TWD
    ("P-101", "AX-200 立式加工中心機", "工具機", 3200000, 2300000),
    ("P-102", "AX-350 龍門加工中心機", "工具機", 8600000, 6400000),
    ("P-103", "TL-60 數控車床", "工具機", 1950000, 1390000),
    ("P-104", "GR-20 平面磨床", "工具機", 1280000, 905000),
    ("P-201", "SCR-12 六軸機械手臂", "自動化", 1450000, 1010000),
    ("P-202", "AGV-5 無人搬運車", "自動化", 980000, 690000),
    ("P-203", "CV-8 視覺檢測系統", "自動化", 760000, 480000),
    ("P-204", "FMS 彈性製造整線", "自動化", 15800000, 12100000),
    ("P-301", "AC-75 螺旋空壓機", "公用設備", 620000, 430000),
    ("P-302", "CH-30 冰水主機", "公用設備", 890000, 640000),
    ("P-303", "DC-15 集塵系統", "公用設備", 410000, 270000),
    ("P-401", "刀具管理模組", "耗材軟體", 180000, 60000),
    ("P-402", "設備聯網監控軟體", "耗材軟體", 360000, 90000),
    ("P-501", "年度保養合約", "服務", 240000, 130000),
    ("P-502", "五年延長保固", "服務", 520000, 290000),
]
CUSTOMER_HEADS = [
    "鴻泰",
    "永信",
    "聯華",
    "大毅",
    "新成",
    "金旺",
    "立豐",
    "正隆",
    "長榮興",
    "宏達基",
    "建準",
    "台勵",
    "福懋興",
    "東元成",
    "中鋼興",
    "亞力",
    "川湖成",
    "旭東",
    "光陽順",
    "佳世興",
]
CUSTOMER_TAILS = [
    ("精密", "精密機械"),
    ("電子", "電子零組件"),
    ("金屬", "金屬加工"),
    ("自動化", "自動化"),
    ("食品", "食品"),
    ("化工", "化工"),
    ("光電", "光電"),
    ("車材", "汽車零件"),
    ("紡織", "紡織"),
]
REGIONS = {
    "北區": ["台北市", "新北市", "桃園市", "新竹市"],
    "中區": ["台中市", "彰化縣", "苗栗縣", "雲林縣"],
    "南區": ["台南市", "高雄市", "屏東縣", "嘉義縣"],
}


@dataclass(frozen=True)
class Customer:
    code: str
    name: str
    industry: str
    region: str
    owner: str
    size: str
    tax_id: str


def customers(chance: random.Random) -> list[Customer]:
    """The 180 customers of the list; the leaver holds exactly LEAVER_CUSTOMERS of them."""
    names = [(head + tail, industry) for head in CUSTOMER_HEADS for tail, industry in CUSTOMER_TAILS]
    chance.shuffle(names)
    others = [rep for rep in REPS if rep != LEAVER]
    owners = [LEAVER] * LEAVER_CUSTOMERS + [others[number % len(others)] for number in range(len(names) - LEAVER_CUSTOMERS)]
    found = []
    for number, ((name, industry), owner) in enumerate(zip(names, owners, strict=True), 1):
        region = chance.choice(REGIONS[REPS[owner]])
        found.append(
            Customer(
                f"C{number:04d}",
                f"{name}股份有限公司",
                industry,
                region,
                owner,
                chance.choice(["大型", "中型", "中型", "小型", "小型"]),
                f"{10000000 + number * 97531:08d}",
            )
        )
    return found


def rate_on(currency: str, day: date) -> Decimal | None:
    """TWD for one unit on a day, by the last rate of at most 31 days; None without one."""
    known = [first for first in RATES if first <= day and (day - first).days <= 31 and currency in RATES[first]]
    return Decimal(1) if currency == "TWD" else Decimal(RATES[max(known)][currency]) if known else None
