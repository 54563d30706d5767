"""Customer list (cp950 CSV), product and target lists, and the demo's playbook.

Belongs here: reference data the company keeps beside its deals. Does not: deals and diaries.
"""

import csv
from calendar import monthrange
from datetime import date, datetime
from pathlib import Path

from generator.workbooks import write_list
from generator.world import CODES, DIARY_ALIAS, LEAVER, LEFT_ON, MOVED_ON, MOVED_TO, MOVER, PRODUCTS, RATES, REPS, SERVICE, TEAMS, Customer

LIST_DAY = date(2026, 1, 4)


def write_customers(inbox: Path, customers: list[Customer]) -> str:
    """客戶名單 as an old system exports it: cp950, CRLF, leading zeros kept as text. Returns its name."""
    name = f"客戶名單_{LIST_DAY:%Y%m%d}.csv"
    with (inbox / name).open("w", encoding="cp950", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(["客戶編號", "客戶名稱", "統一編號", "產業", "規模", "地區", "地址", "電話", "電子郵件", "業務"])
        for number, customer in enumerate(customers, 1):
            writer.writerow(
                [
                    customer.code,
                    customer.name,
                    customer.tax_id,
                    customer.industry,
                    customer.size,
                    customer.region,
                    f"{customer.region}工業區{number}路{number % 90 + 1}號",
                    f"0{number % 6 + 2}-2{number:03d}-{1000 + number * 7 % 9000:04d}",
                    f"contact{number:03d}@example.com",
                    customer.owner,
                ]
            )
    return name


def write_products(inbox: Path) -> str:
    name = f"產品清單_{LIST_DAY:%Y%m%d}.xlsx"
    rows = [[code, title, family, price, cost] for code, title, family, price, cost in PRODUCTS]
    write_list(inbox / name, "產品", ["產品編號", "產品名稱", "產品線", "牌價", "成本"], rows, datetime(2026, 1, 4, 8))
    return name


def targets() -> list[list]:
    """[code, first day, last day, rep, measure, thousands of TWD]: one a rep and month; the leaver's end with him."""
    return [
        [
            f"T-{month:02d}-{CODES[rep]}",
            date(2026, month, 1),
            date(2026, month, monthrange(2026, month)[1]),
            rep,
            "成交金額",
            3000 + 250 * (number % 5) + 100 * month,
        ]
        for month in range(1, 7)
        for number, rep in enumerate(REPS)
        if not (rep == LEAVER and month > 4)
    ]


def write_targets(inbox: Path) -> str:
    name = f"業績目標_{LIST_DAY:%Y%m%d}.xlsx"
    write_list(inbox / name, "目標", ["目標編號", "起日", "迄日", "業務", "指標", "目標金額(仟元)"], targets(), datetime(2026, 1, 4, 8, 5))
    return name


def write_playbook(playbook: Path, defaults: Path) -> None:
    """The default playbook plus a five-step set for service contracts, the people, the teams, the rates and the company's own days."""
    playbook.mkdir(exist_ok=True)
    additions = {
        "stage_set": [["service", "Service contract", "服務合約五步", "false", "2000-01-01", ""]],
        "stage_set_rule": [["service_contract", 1, "service", "buying_process_code", "=", "service_contract", "2000-01-01", ""]],
        "stage": _service_stages(),
        "stage_map": _service_names(),
        "stage_task": _service_tasks(),
        "people": _people(),
        "team": [[team, "", manager, team] for team, manager in TEAMS.items()],
        "team_membership": _membership(),
        "exchange_rate": [[first, currency, "TWD", rate] for first, rates in RATES.items() for currency, rate in rates.items()],
        "change_marker": [["gate_rules", "Gates checked every week", "每週檢查推進條件", "2026-04-01"]],
        "working_calendar": [["2026-01-02", "false", "彈性放假（1 月 10 日補班）"], ["2026-01-10", "true", "補班日"]],
    }
    for source in sorted(defaults.glob("*.csv")):
        rows = list(csv.reader(source.open(encoding="utf-8", newline="")))
        with (playbook / source.name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([*rows, *additions.get(source.stem, [])])


def _service_stages() -> list[list]:
    en = ["Service requested", "Site surveyed", "Quoted", "Terms agreed", "Signed", "Not signed"]
    bands, rates, stalls = (
        ["potential", "potential", "intention", "negotiation", "closed", ""],
        ["0.15", "0.30", "0.50", "0.75", "1.00", "0.00"],
        [7, 10, 14, 14, "", ""],
    )
    return [
        [
            "service",
            code,
            "" if number == 6 else number,
            en[number - 1],
            name,
            bands[number - 1],
            rates[number - 1],
            stalls[number - 1],
            "customer|owner|amount",
            str(number == 5).lower(),
            str(number == 6).lower(),
            "2000-01-01",
            "",
        ]
        for number, (code, name) in enumerate(SERVICE, 1)
    ]


def _service_names() -> list[list]:
    return [
        ["*", "service", text, code]
        for number, (code, name) in enumerate(SERVICE, 1)
        for text in ((name, f"{number}.{name}") if number < 6 else (name,))
    ]


def _service_tasks() -> list[list]:
    return [
        [
            "service",
            "service_requested",
            "service_requested_call",
            "call",
            1,
            "content_text|purpose_text|feedback_text",
            "Call before the survey",
            "勘查前的電話",
            "2000-01-01",
            "",
        ],
        [
            "service",
            "site_surveyed",
            "site_surveyed_visit",
            "visit",
            1,
            "content_text|purpose_text",
            "Survey on site",
            "現場勘查",
            "2000-01-01",
            "",
        ],
    ]


def _people() -> list[list]:
    rows = []
    for rep, code in CODES.items():
        left = LEFT_ON if rep == LEAVER else ""
        rows += [
            [code, rep, alias, "", f"{code.lower()}@example.com", "2023-01-02", left] for alias in (rep, DIARY_ALIAS.get(rep)) if alias
        ]
    return rows


def _membership() -> list[list]:
    rows = []
    for rep, team in REPS.items():
        if rep == MOVER:
            rows += [[rep, team, "2023-01-02", MOVED_ON.replace(month=3, day=31)], [rep, MOVED_TO, MOVED_ON, ""]]
        else:
            rows.append([rep, team, "2023-01-02", LEFT_ON if rep == LEAVER else ""])
    return rows
