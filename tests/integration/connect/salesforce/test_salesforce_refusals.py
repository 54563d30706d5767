"""Who is not let in, and what cannot be read, is told in four lines that say how to mend it; nothing of that reading counts.

Belongs here: what each refusal is called, and that no secret is written. Does not: faults that pass (test_salesforce_nights.py).
"""

from pathlib import Path

import pytest

from pipelines.extract.connect import http
from pipelines.landing.ledger import Ledger
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.load import load_company
from tests.integration.connect.nights import land_at
from tests.integration.connect.salesforce.company import FIRST, VARIABLE, company, organization
from tests.integration.connect.salesforce.server import CLIENT, SECRET, serving

CASES: list[tuple[str, dict[str, str], str]] = [
    ("wrong secret", {"secret": "wr0ng' secret"}, "FNL-252"),
    ("wrong client", {"was": CLIENT, "is": "nobody"}, "FNL-252"),
    ("revoked", {"revoked": "yes"}, "FNL-252"),
    ("token of no use", {"always": "expired"}, "FNL-252"),
    ("no right", {"always": "no right"}, "FNL-254"),
    ("API switched off", {"always": "disabled"}, "FNL-254"),
    ("no such object for him", {"always": "no type"}, "FNL-254"),
    ("object hidden", {"hidden": "Task"}, "FNL-270"),
    ("history hidden", {"hidden": "OpportunityHistory"}, "FNL-270"),
    ("limit of the day", {"always": "used up"}, "FNL-271"),
    ("wrong path", {"was": "{url}", "is": "{url}/nothing"}, "FNL-255"),
    ("no scheme", {"was": "{url}", "is": "example.my.salesforce.com"}, "FNL-255"),
    ("closed port", {"was": "{url}", "is": "http://127.0.0.1:1"}, "FNL-251"),
    ("TLS", {"was": "http://", "is": "https://"}, "FNL-253"),
    ("cut", {"always": "cut"}, "FNL-257"),
    ("busy for ever", {"always": "503"}, "FNL-257"),
    ("too many at once", {"always": "concurrent"}, "FNL-257"),
]


@pytest.mark.parametrize(("name", "change", "code"), CASES, ids=[case[0] for case in CASES])
def test_a_refusal_says_how_to_mend_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, change: dict[str, str], code: str
) -> None:
    secret = change.get("secret", SECRET)
    monkeypatch.setenv(VARIABLE, secret)
    monkeypatch.setattr(http, "BACKOFF_SECONDS", 0)
    with serving(organization(3)) as fake:
        folder = company(tmp_path / "company", fake)
        fake.always, fake.revoked = change.get("always"), "revoked" in change
        fake.org.hidden |= {change["hidden"]} if "hidden" in change else set()
        if "was" in change:
            settings = folder.root / "funnel.yaml"
            text = settings.read_text(encoding="utf-8")
            settings.write_text(text.replace(change["was"].format(url=fake.url), change["is"].format(url=fake.url)), encoding="utf-8")
            folder = load_company(folder.root)
        with pytest.raises(FunnelError) as error:
            land_at(folder, FIRST, "nightly", monkeypatch=monkeypatch)
        token = fake.bearer
    assert error.value.message.code == code, str(error.value)
    for language in ("en", "zh-Hant"):
        lines = error.value.message.lines(language)
        assert len(lines) == 4
        assert secret not in " ".join(lines) and not (token and token in " ".join(lines))
    assert "hidden" not in change or change["hidden"] in " ".join(error.value.message.lines())
    assert [state for state in Ledger(folder).states() if state.entry["source"] == "nightly"] == []
    for path in (path for path in folder.root.rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert secret.encode() not in content and b"00D!token" not in content, path


def test_a_limit_is_not_retried_until_nobody_may_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    with serving(organization(3)) as fake:
        fake.always = "used up"
        with pytest.raises(FunnelError):
            land_at(company(tmp_path / "company", fake), FIRST, "nightly", monkeypatch=monkeypatch)
        assert fake.calls == {"token": 1, "sobjects": 1}
