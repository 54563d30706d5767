"""`make bench`: run every measurement at each size, one after the other, and write docs/benchmarks.md.

Belongs here: which nights are measured, and in which order. Does not: making input, measuring, or wording (the other modules).
Sizes are numbers of deals: `python -m benchmarks 10000 100000 500000`; without sizes 10,000 and 100,000. `python -m benchmarks funnel` measures the
sizes of the funnel itself alone, and writes docs/benchmarks_funnel.md; `python -m benchmarks sql` first loads from databases alone (docs/benchmarks_sql.md).
"""

import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.floor import differences, run_floor
from benchmarks.funnel import made_companies, measure_funnel
from benchmarks.funnel_page import write_funnel_page
from benchmarks.landing import landed_csv, landed_workbook
from benchmarks.made_company import EMPTY, FIRST, SECOND, configure, deliver
from benchmarks.many_deliveries import measure_many
from benchmarks.measure import Run, compared_models, folder_bytes, funnel, night
from benchmarks.page import Measured, write_page

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
FUNNEL_PAGE = PAGE.with_name("benchmarks_funnel.md")
SQL_PAGE = PAGE.with_name("benchmarks_sql.md")
FULL_UP_TO = 100_000


def made(folder: Path, kind: str) -> Path:
    """A fresh company folder in English; `kind` of its deliveries: delta or full."""
    funnel("init", str(folder), "--language", "en")
    configure(folder, kind)
    return folder


def measure(deals: int, folder: Path) -> Measured:
    """All nights of one size. The second night brings one deal in a hundred with a changed amount: as a delta, and as a full file."""
    company = made(folder / "delta", "delta")
    source_bytes = deliver(company / "inbox", deals, FIRST)
    first = night(company, FIRST)
    ledger_bytes = folder_bytes(company / "data" / "landing", "*.parquet")
    original_bytes = folder_bytes(company / "data" / "landing" / "originals")
    floor_seconds = run_floor(company, folder / "floor.duckdb")
    wrong = differences(company, folder / "floor.duckdb")
    compared = sum(seconds for name, seconds in first.models.items() if name in compared_models(company))
    deliver(company / "inbox", deals, SECOND, every=100, price_rise=1)
    delta, empty = night(company, SECOND), night(company, EMPTY)
    shutil.rmtree(company)
    full = _full_file_night(deals, folder) if deals <= FULL_UP_TO else None
    landed = landed_csv(deals)
    return Measured(deals, source_bytes, ledger_bytes, original_bytes, first, delta, empty, full, floor_seconds, compared, wrong, landed)


def _full_file_night(deals: int, folder: Path) -> Run:
    """The second night of a company whose files hold everything each time; one deal in a hundred has another name."""
    company = made(folder / "full", "full")
    deliver(company / "inbox", deals, FIRST)
    night(company, FIRST)
    deliver(company / "inbox", deals, SECOND)
    _change_one_in_a_hundred(company / "inbox" / f"deals_{SECOND.replace('-', '')}.csv")
    full = night(company, SECOND)
    shutil.rmtree(company)
    return full


def _change_one_in_a_hundred(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    changed = [line.replace(",Deal ", ",Renamed ", 1) if number % 100 == 0 else line for number, line in enumerate(lines)]
    file.write_text("".join(changed), encoding="utf-8")


def funnel_sizes() -> None:
    print("the funnel's own sizes …", flush=True)
    with tempfile.TemporaryDirectory(prefix="funnel-bench-") as folder:
        write_funnel_page(FUNNEL_PAGE, measure_funnel(made_companies(Path(folder)), Path(folder)))
    print(f"{FUNNEL_PAGE} is written.")


def first_loads() -> None:
    from benchmarks.databases import measure_databases
    from benchmarks.databases_page import write_databases_page

    print("first loads from databases …", flush=True)
    with tempfile.TemporaryDirectory(prefix="funnel-bench-") as folder:
        write_databases_page(SQL_PAGE, measure_databases(Path(folder)))
    print(f"{SQL_PAGE} is written.")


def main() -> None:
    if sys.argv[1:] == ["sql"]:
        first_loads()
        return
    funnel_sizes()
    if sys.argv[1:] == ["funnel"]:
        return
    sizes = [int(word.replace("_", "")) for word in sys.argv[1:]] or [10_000, 100_000]
    measured, workbook = [], landed_workbook()
    print("400 full deliveries …", flush=True)
    with tempfile.TemporaryDirectory(prefix="funnel-bench-") as folder:
        many = measure_many(Path(folder))
    for deals in sizes:
        print(f"{deals:,} deals …", flush=True)
        with tempfile.TemporaryDirectory(prefix="funnel-bench-") as folder:
            measured.append(measure(deals, Path(folder)))
        write_page(PAGE, measured, workbook, many)
    print(f"{PAGE} is written.")


if __name__ == "__main__":
    main()
