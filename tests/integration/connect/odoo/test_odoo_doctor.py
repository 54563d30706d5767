"""`funnel doctor` of the recorded Odoo 17 as three users: all rights, no right to stage history, own leads alone.

Belongs here: what the makers of the recording wrote down of those users. Does not: made-up sources (all_kinds/test_doctor.py).
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import REAL_DATA, ROOT
from tests.integration.connect.odoo.recorded import GROUPS, recorded
from tests.integration.connect.odoo.server import Odoo, served
from tests.unit.cli.runner import run

pytestmark = pytest.mark.skipif(not (REAL_DATA / "odoo17").is_dir(), reason="real data absent (set FUNNEL_REAL_DATA)")


@pytest.fixture(scope="module")
def served_odoo() -> Iterator[tuple[Odoo, str]]:
    odoo = Odoo(recorded(REAL_DATA / "odoo17" / "rpc"), GROUPS)
    with served(odoo) as url:
        yield odoo, url


@pytest.mark.parametrize(
    ("user", "leads", "told"),
    [("admin", "150", set()), ("api_reader", "150", {"FNL-279"}), ("api_own", "13", {"FNL-265", "FNL-279"})],
)
def test_each_user_hears_what_he_sees(
    served_odoo: tuple[Odoo, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    user: str,
    leads: str,
    told: set[str],
) -> None:
    odoo, url = served_odoo
    monkeypatch.setenv("FUNNEL_ODOO_KEY", odoo.secret)
    shutil.copytree(ROOT / "examples" / "odoo_crm", tmp_path, ignore=shutil.ignore_patterns("data"), dirs_exist_ok=True)
    settings = tmp_path / "funnel.yaml"
    text = settings.read_text(encoding="utf-8").replace("http://localhost:8069", url)
    settings.write_text(text.replace("user: admin", f"user: {user}"), encoding="utf-8")
    odoo.calls.clear()
    code, out, err = run(capsys, "doctor", "--company", tmp_path)
    assert code == (2 if told else 0) and odoo.secret not in out + err
    assert {word for word in out.split() if word.startswith("FNL-2")} == told
    (line,) = [line.split() for line in out.splitlines() if line.startswith("crm.lead ")]
    assert line[-1] == leads and odoo.calls.total() <= 40
    assert not told or f"sees {leads} leads" in out or "FNL-265" not in told
