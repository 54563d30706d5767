"""The rows of a weekly report: what the sales assistant typed about every deal on that Sunday, faults included.

Belongs here: from the event log to cells, and what each row deserves (accepted, refused, duplicate). Does not: workbook files.
"""

from dataclasses import dataclass
from datetime import date

from generator.deals import Deal, ends
from generator.plants import UNKNOWN_STAGE, VANISHED_AFTER_WEEK, Planted, layout, reported_day
from generator.world import REPS, STAGES

COLUMNS = {
    1: [
        "商機編號",
        "客戶名稱",
        "商機名稱",
        "業務",
        "採購流程",
        "階段",
        "金額(仟元)",
        "幣別",
        "建立日期",
        "預計成交日",
        "結案日",
        "丟單原因",
        "下一步",
    ],
    2: [
        "商機編號",
        "商機名稱",
        "客戶",
        "銷售階段",
        "負責業務",
        "採購流程",
        "幣別",
        "預估金額(仟元)",
        "毛利(仟元)",
        "立案日",
        "預計成交",
        "結案日期",
        "未成交原因",
        "下次行動",
    ],
}
NEXT_STEP = {
    "contact_made": "約訪確認需求",
    "need_confirmed": "提供規格與方案",
    "proposal_supported": "協助客戶內部立項",
    "project_approved": "準備資格文件",
    "shortlisted": "安排試加工",
    "selected": "議價前確認付款條件",
    "negotiation": "合約用印",
    "service_requested": "安排現場勘查",
    "site_surveyed": "出具報價",
    "quoted": "確認合約條款",
    "terms_agreed": "安排簽約",
}


@dataclass
class Row:
    """One row of a report. `fate`: accepted | refused | duplicate (an exact repetition, accepted and counted)."""

    deal: str | None
    cells: list
    fate: str = "accepted"
    stage_name: str | None = None
    stage_code: str | None = None
    amount: int | None = None


def week_rows(deals: list[Deal], planted: Planted, week: int) -> list[Row]:
    """Rows of week 1..26 in the order of the sheet: by team, rep and deal."""
    day = reported_day(week)
    known = [deal for deal in deals if deal.created <= day and not (planted.has("vanished", deal.code) and week > VANISHED_AFTER_WEEK)]
    known.sort(
        key=lambda deal: (list(REPS.values()).index(REPS[deal.on(day, "owners")]), list(REPS).index(deal.on(day, "owners")), deal.code)
    )
    rows: list[Row] = []
    for deal in known:
        rows += _faulty(_row(deal, planted, week, day), planted.row_faults.get(week, {}).get(deal.code), week)
    if week == 6:
        nameless = _row(known[0], planted, week, day)
        nameless.deal, nameless.fate, nameless.cells[0], nameless.cells[2] = None, "refused", None, "新案洽談(未編號)"
        rows.append(nameless)
    return rows


def _row(deal: Deal, planted: Planted, week: int, day: date) -> Row:
    stage, amount = deal.on(day, "moves"), deal.on(day, "amounts")
    closed = next((since for since, code in reversed(deal.moves) if since <= day and code == stage and code in ends(deal.stage_set)), None)
    unknown = planted.has("unknown_stage", deal.code) and week >= 23
    name = UNKNOWN_STAGE if unknown else stage_name(deal.stage_set, stage, layout(week))
    title = f"{deal.products[0][1].split()[0]} {'維護服務' if deal.stage_set == 'service' else '設備案'}-{deal.code[1:]}"
    customer = planted.customer_text.get(deal.code, deal.customer.name)
    process = "服務合約" if deal.stage_set == "service" else "公開招標" if int(deal.code[1:]) % 11 == 0 else "一般採購"
    reason = deal.loss_reason if stage == ends(deal.stage_set)[1] else None
    step = None if closed else NEXT_STEP.get(stage)
    if layout(week) == 1:
        typed = f"{amount:,}" if amount and int(deal.code[1:]) % 20 == 0 else amount
        cells = [
            deal.code,
            customer,
            title,
            deal.on(day, "owners"),
            process,
            name,
            typed,
            deal.currency,
            roc(deal.created),
            roc(deal.on(day, "due")),
            roc(closed),
            reason,
            step,
        ]
    else:
        margin = amount * 22 // 100 if amount else None
        cells = [
            deal.code,
            title,
            customer,
            name,
            deal.on(day, "owners"),
            process,
            deal.currency,
            amount,
            margin,
            deal.created,
            deal.on(day, "due"),
            closed,
            reason,
            step,
        ]
    return Row(deal.code, cells, "accepted", name, None if unknown else stage, amount)


def _faulty(row: Row, fault: str | None, week: int) -> list[Row]:
    columns = COLUMNS[layout(week)]
    amount = next(index for index, name in enumerate(columns) if "金額" in name)
    if fault == "exact_duplicate":
        return [row, Row(row.deal, list(row.cells), "duplicate", row.stage_name, row.stage_code, row.amount)]
    if fault == "conflicting_rows":
        other = Row(row.deal, list(row.cells), "refused")
        other.cells[amount] = (row.amount or 0) + 500
        row.fate = "refused"
        return [row, other]
    if fault in ("bad_amount", "error_cell"):
        row.cells[amount], row.fate = {"bad_amount": "洽談中", "error_cell": "#DIV/0!"}[fault], "refused"
    elif fault == "bad_date":
        row.cells[columns.index("建立日期")], row.fate = "115/13/45", "refused"
    elif fault == "blanked_cell":
        row.cells[columns.index("預計成交")] = "下半年"
    return [row]


def stage_name(stage_set: str, code: str, layout_number: int) -> str:
    """The stage as that layout writes it: the name, or from layout 2 on `number.name`; lost stages have no number."""
    names = dict(STAGES[stage_set])
    number = list(names).index(code) + 1
    return names[code] if layout_number == 1 or number == len(names) else f"{number}.{names[code]}"


def roc(day: date | None) -> str | None:
    """民國 text, 115/01/05."""
    return f"{day.year - 1911}/{day:%m/%d}" if day else None
