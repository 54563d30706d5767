"""The demo company cut short: enough of its files to fill nearly every table, few enough for many nights.

Belongs here: which files lie in the inbox on which night. Does not: running or killing nights.
"""

import shutil
from pathlib import Path

DEMO = Path(__file__).parents[3] / "examples" / "demo"
FIRST, SECOND = "2026-04-05", "2026-04-30"  # what the two nights stand for
LISTS = ("客戶名單_20260104.csv", "產品清單_20260104.xlsx", "業績目標_20260104.xlsx")
WEEKS = ("20260315", "20260322", "20260329", "20260405")
LATER_WEEKS = ("20260412", "20260419", "20260426")  # a deal vanishes, a cell is blanked
REPS = ("許志豪", "吳怡萱")


def make(root: Path) -> None:
    """The folder as it is before the first night. It follows the calendar that the nights name: the demo's fixed date is taken out."""
    for part in ("mappings", "playbook"):
        shutil.copytree(DEMO / part, root / part)
    settings = (DEMO / "funnel.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    (root / "funnel.yaml").write_text("".join(line for line in settings if not line.startswith("as_of_date:")), encoding="utf-8")
    _deliver(root, [*LISTS, *_weeks(WEEKS), *_diaries("20260331")])


def second_night_brings(root: Path) -> None:
    """Three more weeks, two more diaries, and a workbook that nobody can read."""
    _deliver(root, [*_weeks(LATER_WEEKS), *_diaries("20260430")])
    (root / "inbox" / "週報_20260430.xlsx").write_bytes(b"PK\x03\x04 not a workbook")


def _weeks(days: tuple[str, ...]) -> list[str]:
    return [f"週報_{day}.xlsx" for day in days]


def _diaries(day: str) -> list[str]:
    return [f"日誌/日誌_{rep}_{day}.xlsx" for rep in REPS]


def _deliver(root: Path, names: list[str]) -> None:
    for name in names:
        target = root / "inbox" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(DEMO / "inbox" / name, target)
