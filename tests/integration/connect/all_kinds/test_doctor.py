"""`funnel doctor` of a company with a source of every kind: what each shows, what each hides, and never a secret.

Belongs here: the command's answers against the fakes' own truth. Does not: nights.
"""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from pipelines.extract.connect import http
from pipelines.settings import clock
from tests.integration.connect.all_kinds.company import SECRETS, SOURCES, Everything, company
from tests.integration.connect.nights import land_at
from tests.integration.connect.odoo.server import ALL_LEADS
from tests.integration.connect.odoo.server import SETTINGS as MAY_SET
from tests.unit.cli.runner import run

DAY = datetime(2026, 3, 1, 18, 30)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Everything]:
    monkeypatch.setattr(http, "BACKOFF_SECONDS", 0)
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    with company(tmp_path / "company") as made:
        made.send(DAY, 5)
        made.live(random.Random(3), DAY)
        yield made


class Said:
    """What the command printed, by source: the answers, and the records of each object."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.text = code, out + err
        self.parts = {part.split()[0]: part for part in out.split("source         ")[1:]}
        for secret in SECRETS.values():
            assert not [form for form in (secret, quote(secret, safe=""), quote_plus(secret)) if form in self.text]

    def answer(self, source: str, word: str) -> str:
        return next(line.removeprefix(word).strip() for line in self.parts[source].splitlines() if line.startswith(word))

    def records(self, source: str) -> dict[str, str]:
        lines = self.parts[source].split("\nobject")[1].splitlines()[1:]
        rows = lines[: next((number for number, line in enumerate(lines) if not line.strip() or line.startswith("FNL-")), len(lines))]
        return {row.split()[0]: row.split("  ")[-1].strip() or row.split()[-1] for row in rows}


@pytest.fixture
def ask(world: Everything, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    def asked(*words: str, language: str = "en") -> Said:
        return Said(*run(capsys, "doctor", *words, "--company", world.folder.root, language=language))

    return asked


def test_every_source_tells_what_it_holds(world: Everything, ask: Callable[..., Said]) -> None:
    before = {path: path.read_bytes() for path in world.folder.root.rglob("*") if path.is_file()}
    said = ask()
    assert said.code == 0 and list(said.parts) == list(SOURCES) and "FNL-606" in said.text
    assert {path: path.read_bytes() for path in world.folder.root.rglob("*") if path.is_file()} == before, "it writes nothing"
    odoos = {name: said.records(name)["crm.lead"] for name in world.odoos}
    assert odoos == {name: str(len(odoo.leads())) for name, odoo in world.odoos.items()}
    assert said.records("taipei")["mail.tracking.value"] == str(len(world.odoos["taipei"].data.rows["mail.tracking.value"]))
    assert {kind: said.records("hub")[kind] for kind in ("deals", "companies", "calls")} == {
        kind: str(len(world.hub.live(kind))) for kind in ("deals", "companies", "calls")
    }
    of_salesforce = {name: str(len(world.org.records[name])) for name in ("Opportunity", "Account", "Task", "OpportunityHistory")}
    assert {name: said.records("force")[name] for name in of_salesforce} == of_salesforce
    assert said.records("legacy") == {"deal": "5", "customer": "2"} and said.records("sheet") == {"deals_*.csv": "1"}
    assert said.answer("taipei", "signed in as") == "admin (Odoo 17)" and said.answer("hub", "signed in as") == "HubSpot 1234567"
    assert said.answer("force", "signed in as") == "王小明 <wang@example.com>"
    assert said.answer("hub", "left today") == "649,999 / 650,000" and said.answer("force", "left today") == "99,997 / 100,000"
    for source in ("taipei", "hub", "force"):
        assert abs(float(said.answer(source, "their clock").split()[0])) < 3
        assert int(said.answer(source, "calls a night").removeprefix("~")) > 20


def test_one_that_does_not_answer_stops_no_other(world: Everything, ask: Callable[..., Said]) -> None:
    world.close["taipei"]()
    said = ask()
    assert said.code == 2 and list(said.parts) == list(SOURCES) and said.text.count("FNL-251") == 1
    assert "FNL-607 Something must be mended in 1 of 6 sources: taipei" in said.text
    assert said.answer("taipei", "reachable") == "no" and said.answer("tokyo", "reachable") == "yes"
    assert ask("tokyo").code == 0 and ask("taipei").code == 2


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_a_wrong_secret_is_told_for_each_and_never_shown(
    world: Everything, ask: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, f"wrong one of {name}")
    settings = world.folder.root / "funnel.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("language: en", f"language: {language}"), encoding="utf-8")
    said = ask()
    assert said.code == 2 and said.text.count("FNL-252") == 4 and "wrong one" not in said.text
    assert ("登入身分" in said.text) == (language == "zh-Hant")


def test_a_missing_secret_is_named(ask: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUB_TOKEN")
    said = ask("hub")
    assert said.code == 2 and "FNL-250" in said.text and "variable HUB_TOKEN" in said.text


def elsewhere(world: Everything, source: str) -> None:
    set_url(world, source, lambda url: f"{url}/elsewhere")


def without_tls(world: Everything, source: str) -> None:
    set_url(world, source, lambda url: url.replace("http:", "https:"))


def expired(world: Everything, source: str) -> None:
    world.servers[source].expired = True


def used_up(world: Everything, source: str) -> None:
    world.servers[source].always = "used up"


def too_old(world: Everything, source: str) -> None:
    world.servers[source].version = (15, 0, 0, "final", 0, "")


def set_url(world: Everything, source: str, change: Callable[[str], str]) -> None:
    settings, url = world.folder.root / "funnel.yaml", world.folder.settings.sources[source].connection.url  # type: ignore[union-attr]
    settings.write_text(settings.read_text(encoding="utf-8").replace(url, change(url)), encoding="utf-8")


@pytest.mark.parametrize(
    ("source", "mistake", "code", "is_reached"),
    [
        ("taipei", without_tls, "FNL-253", "no"), ("hub", without_tls, "FNL-253", "no"), ("force", without_tls, "FNL-253", "no"),
        ("hub", elsewhere, "FNL-255", "no"), ("force", elsewhere, "FNL-255", "no"), ("taipei", too_old, "FNL-258", "no"),
        ("hub", expired, "FNL-268", "yes"), ("force", used_up, "FNL-271", "yes"),
    ],
)  # fmt: skip
def test_a_refusal_is_the_one_that_a_night_tells(
    world: Everything, ask: Callable[..., Said], source: str, mistake: Callable[[Everything, str], None], code: str, is_reached: str
) -> None:
    mistake(world, source)
    said = ask(source)
    assert said.code == 2 and said.text.count("FNL-2") == 1 and code in said.text
    assert said.answer(source, "reachable") == is_reached
    told = said.text[said.text.index(code) :].splitlines()
    assert len(told[:4]) == 4 and all(line.startswith("  ") for line in told[1:4])


def test_an_odoo_user_hears_what_he_may_not_see(world: Everything, ask: Callable[..., Said]) -> None:
    groups, leads = world.servers["taipei"].groups["admin"], world.odoos["taipei"]
    groups.discard(MAY_SET)
    said = ask("taipei")
    assert said.code == 2 and "FNL-279" in said.text and "moves would be observed nightly only" in said.text
    assert said.records("taipei")["mail.tracking.value"] == "not to be seen" and said.records("taipei")["crm.lead"] == str(
        len(leads.leads())
    )
    settings = world.folder.root / "funnel.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("database: odoo,", "database: odoo, without: [mail.tracking.value],"), encoding="utf-8")
    said = ask("taipei")
    assert said.code == 0 and "FNL-266" in said.text and "FNL-279" not in said.text
    groups.discard(ALL_LEADS)
    for lead in leads.leads()[3:]:
        leads.write("crm.lead", lead, user_id=max(leads.data.rows["res.users"]))
    said = ask("taipei")
    assert said.code == 2 and "FNL-265" in said.text and "this user sees 3 leads" in said.text


def test_a_scope_that_is_missing_is_named_and_the_rest_is_counted(world: Everything, ask: Callable[..., Said]) -> None:
    world.servers["hub"].scopes_missing = {"crm.objects.line_items.read"}
    said = ask("hub")
    assert said.code == 2 and said.text.count("FNL-267") == 1 and "crm.objects.line_items.read" in said.text
    assert said.records("hub")["line_items"] == "not to be seen" and said.records("hub")["deals"] == str(len(world.hub.live("deals")))


def test_what_is_left_of_a_limit_need_not_be_told(world: Everything, ask: Callable[..., Said]) -> None:
    world.servers["hub"].tells_left = False
    said = ask("hub")
    assert said.code == 0 and said.answer("hub", "left today") == "? / 650,000"


def test_a_field_or_an_object_that_salesforce_hides_is_named(world: Everything, ask: Callable[..., Said]) -> None:
    del world.org.types["Opportunity"]["CloseDate"]
    world.org.hidden = {"Task"}
    said = ask("force")
    assert said.code == 2 and "FNL-270" in said.text and said.records("force")["Task"] == "not to be seen"
    assert "Opportunity: CloseDate, _closed_date" in said.text and said.text.count("FNL-280") == 1


def test_salesforce_says_whether_sharing_may_hide_records(world: Everything, ask: Callable[..., Said]) -> None:
    for row in world.org.records["UserPermissionAccess"].values():
        row["PermissionsViewAllData"] = False
    said = ask("force")
    assert said.code == 0 and "FNL-272" in said.text


def test_a_query_that_fails_hides_no_other(world: Everything, ask: Callable[..., Said]) -> None:
    with closing(sqlite3.connect(world.database)) as database, database:
        database.execute("alter table deal rename column stage to phase")
    said = ask("legacy")
    assert said.code == 2 and said.text.count("FNL-256") == 1 and said.records("legacy") == {"deal": "not to be seen", "customer": "2"}
    mapping = world.folder.root / "mappings" / "legacy.yaml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace("stage, created", "phase, created", 1), encoding="utf-8")
    said = ask("legacy")
    assert said.code == 2 and "deal: stage" in said.text and "FNL-280" in said.text


def test_clocks_that_differ_by_more_than_the_overlap_are_told(ask: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() - timedelta(hours=2))
    said = ask()
    assert said.code == 2 and said.text.count("FNL-281") == 4, "all that have a clock of their own"
    assert 7190 < float(said.answer("force", "their clock").split()[0]) < 7210


def test_a_folder_that_is_gone_is_told(world: Everything, ask: Callable[..., Said]) -> None:
    for file in (world.folder.root / "inbox").iterdir():
        file.unlink()
    (world.folder.root / "inbox").rmdir()
    said = ask("sheet")
    assert said.code == 2 and "FNL-104" in said.text
    assert ask("sheets").code == 2 and "FNL-618" in ask("sheets").text


def test_what_nobody_foresaw_in_one_source_stops_no_other(
    world: Everything, ask: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("result")

    monkeypatch.setattr("pipelines.extract.odoo.diagnosis.diagnose_odoo", broken)
    said = ask()
    assert said.code == 2 and said.text.count("FNL-600") == 2 and {"hub", "force", "legacy"} < set(said.parts)


def test_the_calls_of_a_night_are_about_what_was_said(world: Everything, ask: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a night in which nothing changed, with its listing. What the overlap reads again is not in the estimate."""
    sources = ("taipei", "hub", "force")
    for server in (world.servers[name] for name in sources):
        if hasattr(server, "page"):
            server.page = 2000
    for day in range(1, 4):
        world.hub.now = DAY + timedelta(days=day)
        for name in sources:
            world.servers[name].calls.clear()
        land_at(world.folder, DAY + timedelta(days=day), *sources, monkeypatch=monkeypatch)
    took = {name: world.servers[name].calls.total() for name in sources}
    answers = {name: ask(name) for name in sources}
    said = {name: int(answers[name].answer(name, "calls a night").removeprefix("~")) for name in sources}
    day = f"{DAY + timedelta(days=3):%Y-%m-%d} (live)"  # fetched at 02:30 of the next morning: of the day that ended
    assert {name: answers[name].answer(name, "last delivery") for name in sources} == dict.fromkeys(sources, day)
    assert all(0.7 * took[name] <= said[name] <= 1.3 * took[name] for name in sources), (said, took)
