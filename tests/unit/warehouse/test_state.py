"""What write_state prepares for the models."""

from datetime import date
from pathlib import Path

import polars as pl

from pipelines.landing.ledger import Ledger
from pipelines.warehouse.state import write_state
from tests.fixtures.deliveries import chunk, company, delivery, land


def test_the_models_find_no_file_that_the_manifest_does_not_name(tmp_path: Path) -> None:
    folder = company(tmp_path / "company")
    ledger = Ledger(folder)
    land(
        ledger,
        delivery(
            "list", date(2026, 3, 1), chunk("customer", [{"_key": "A", "customer_name": "大同公司", "owner": ("小明", "list", "id")}])
        ),
    )
    content = folder.landing / "list" / "customer" / "content"
    stray = content / "e0000000000000000.parquet"
    stray.write_bytes(next(content.glob("e*.parquet")).read_bytes())
    table = write_state(folder, date(2026, 3, 31))
    assert not stray.exists()
    assert table.select("source_system", "entity", "accepted_row_count", "scope_sequence").rows() == [("list", "customer", 1, 1)]
    keys = pl.read_parquet(folder.state / "name_key" / "part.parquet")
    assert keys.rows() == [("大同公司", "大同"), ("小明", "小明")]
    assert pl.read_parquet(folder.state / "problem" / "part.parquet").height == 0
