"""A company with three landed deliveries of one CSV source, made through extract and landing as a night would."""

from pathlib import Path

import pytest

from pipelines.extract.delivery import Delivery
from pipelines.extract.files import file_deliveries
from pipelines.landing.ledger import Ledger
from pipelines.landing.lock import company_lock
from pipelines.settings.load import load_company
from tests.unit.cli.runner import made_company

MAPPING = """
version: 1
delivered_at: {file_name: 'deals_(?P<date>\\d{8})\\.csv'}
sheets:
  - sheet: null
    records:
      - entity: opportunity
        key: [id]
        columns:
          opportunity_name: name
          amount: {column: amount, tax: excluded, on_bad: refuse}
"""
FILES = {
    "deals_20260601.csv": "id,name,amount\n1,first,100\n2,second,200\n",
    "deals_20260608.csv": "id,name,amount\n1,first,150\n2,second,lots\n",
    "deals_20260615.csv": "id,name,amount\n1,first,150\n2,second,250\n3,third,1\n",
}


def landed_company(capsys: pytest.CaptureFixture[str], root: Path) -> Path:
    """Three weeks of `deals`; in the second, row 3 is refused for its amount."""
    made_company(capsys, root)
    (root / "mappings" / "deals.yaml").write_text(MAPPING, encoding="utf-8")
    settings = root / "funnel.yaml"
    text = settings.read_text(encoding="utf-8").replace(
        "sources:\n", 'sources:\n  deals: {mapping: mappings/deals.yaml, files: ["deals_*.csv"]}\n', 1
    )
    settings.write_text(text, encoding="utf-8")
    for name, content in FILES.items():
        (root / "inbox" / name).write_text(content, encoding="utf-8")
    folder = load_company(root)
    with company_lock(folder):
        ledger = Ledger(folder)
        for delivery in file_deliveries("deals", folder.settings.sources["deals"], folder, lambda original, version: False):
            assert isinstance(delivery, Delivery)
            ledger.stage(delivery).commit()
    return root
