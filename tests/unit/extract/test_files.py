"""The files of a source: which, in what order, and that one bad file stops no other."""

import os
import threading
import time
from datetime import date, datetime
from pathlib import Path

import pytest

from pipelines.extract.delivery import Delivery, Original, RefusedFile
from pipelines.extract.draft import draft_mapping
from pipelines.extract.files import file_deliveries, original_deliveries
from pipelines.extract.mapping import load_mapping
from pipelines.extract.playbook import playbook_delivery
from pipelines.settings.company import Company, CompanyFolder
from pipelines.settings.source import Source

ARRIVED = datetime(2026, 1, 31, 12)
MAPPING = """version: 1
delivered_at: {arrival: true}
sheets:
  - records:
      - {entity: opportunity, key: [id], columns: {stage: stage}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> CompanyFolder:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "m.yaml").write_text(MAPPING)
    source = Source(mapping=Path("m.yaml"), files=["**/*.csv", "*.xlsx", "*.db"])
    settings = Company(company="X", time_zone="Asia/Taipei", base_currency="TWD", sources={"deals": source})
    return CompanyFolder(root=tmp_path, settings=settings)


def put(folder: CompanyFolder, name: str, content: str | bytes = "id,stage\n1,x\n", old: bool = True) -> Path:
    path = folder.root / "inbox" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    if old:
        os.utime(path, (1_767_225_600, 1_767_225_600))  # 2026-01-01
    return path


def read(folder: CompanyFolder, **more: object) -> list[Delivery | RefusedFile]:
    return list(file_deliveries("deals", folder.settings.sources["deals"], folder, **more))  # type: ignore[arg-type]


def test_files_come_in_name_order_with_their_relative_names(folder: CompanyFolder) -> None:
    for name in ("b.csv", "a.csv", "sub/c.csv"):
        put(folder, name)
    assert [found.original.name for found in read(folder) if found.original] == ["a.csv", "b.csv", "sub/c.csv"]


def test_one_bad_file_stops_no_other(folder: CompanyFolder) -> None:
    put(folder, "a.csv", b"")
    put(folder, "b.csv")
    refused, good = read(folder)
    assert isinstance(refused, RefusedFile) and (refused.code, refused.original.name) == ("FNL-201", "a.csv")
    assert isinstance(good, Delivery)


def test_leftovers_are_noted_and_passed_over(folder: CompanyFolder) -> None:
    for name in ("~$週報.xlsx", "Thumbs.db", ".~lock.a.csv", "a.csv"):
        put(folder, name)
    notes: list[dict] = []
    assert [found.original.name for found in read(folder, notes=notes) if found.original] == ["a.csv"]
    assert sorted(note["file"] for note in notes) == [".~lock.a.csv", "Thumbs.db", "~$週報.xlsx"]
    assert {note["code"] for note in notes} == {"FNL-235"}


def test_a_growing_file_waits_for_the_next_run(folder: CompanyFolder) -> None:
    path = put(folder, "a.csv", old=False)
    stop = threading.Event()

    def grow() -> None:
        while not stop.is_set():
            with path.open("a") as file:
                file.write("2,y\n")
            time.sleep(0.02)

    writer = threading.Thread(target=grow)
    writer.start()
    notes: list[dict] = []
    try:
        assert read(folder, notes=notes) == []
    finally:
        stop.set()
        writer.join()
    assert notes == [{"code": "FNL-236", "file": "a.csv"}]
    assert len(read(folder)) == 1  # whole now


def test_known_files_are_left_alone(folder: CompanyFolder) -> None:
    put(folder, "a.csv")
    version = load_mapping(folder.root / "m.yaml").version(folder.settings.zone)
    asked = []
    assert read(folder, is_known=lambda original, of: asked.append((original.name, of)) or True) == []
    assert asked == [("a.csv", version)]


def test_files_are_never_changed(folder: CompanyFolder) -> None:
    path = put(folder, "a.csv")
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    for found in read(folder):
        list(found.chunks())  # type: ignore[union-attr]
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_the_playbook_is_one_delivery_of_all_its_files(folder: CompanyFolder) -> None:
    playbook = folder.root / "playbook"
    playbook.mkdir()
    (playbook / "stage.csv").write_text(
        "stage_set_code,stage_code,stage_number,declared_probability_rate,valid_from_date,color\nstandard,won,8,1,2020-01-01,red\n"
    )
    (playbook / "team_membership.csv").write_text("owner,team,valid_from_date\nE1,北區,2020-01-01\n")
    (playbook / "readme.csv").write_text("x\n")
    delivery = playbook_delivery(folder, date(2026, 1, 31))
    chunks = {chunk.entity: chunk.accepted.to_dicts() for chunk in delivery.chunks()}
    assert chunks["stage"][0] | {"_raw": None} == {
        "_record_key": "standard|won|2020-01-01", "_sheet": "", "_row_number": 2, "stage_set_code": "standard", "stage_code": "won",
        "stage_number": "8", "declared_probability_rate": "1", "valid_from_date": "2020-01-01", "_attributes": None,
        "_extra": '{"color":"red"}', "_raw": None,
    }  # fmt: skip
    assert (chunks["team_membership"][0]["team"], chunks["team_membership"][0]["team_source"]) == ("北區", "playbook")
    assert (delivery.kind, delivery.declared_date) == ("full", date(2026, 1, 31))
    assert [note["code"] for note in delivery.notes] == ["FNL-237", "FNL-232"]
    (playbook / "stage.csv").write_text("stage_set_code,stage_code,valid_from_date\nstandard,won,2020-01-01\n")
    assert playbook_delivery(folder, date(2026, 1, 31)).cursor != delivery.cursor


def test_a_draft_names_every_header_and_is_a_valid_mapping(folder: CompanyFolder) -> None:
    path = put(folder, "a.csv", "編號,\"名稱: 'x'\",#yes\n1,2,3\n")
    drafted = folder.root / "draft.yaml"
    drafted.write_text(draft_mapping(path, "customer"), encoding="utf-8")
    (record,) = load_mapping(drafted).sheets[0].records
    assert record.entity == "customer"
    assert list(record.attributes) == ["編號", "名稱: 'x'", "#yes"]


def test_an_archived_original_is_read_under_its_hash(folder: CompanyFolder) -> None:
    """As `reparse` does: the file lies under its hash, without a suffix; messages name the original."""
    mapping = load_mapping(folder.root / "m.yaml")
    archived = put(folder, "0a1b2c")
    (delivery,) = original_deliveries("deals", mapping, Original("週報.csv", archived, "0a1b2c", 1, None, ARRIVED), folder)
    assert isinstance(delivery, Delivery) and [chunk.counts.accepted for chunk in delivery.chunks()] == [1]
    archived.write_bytes(b"")
    (refused,) = original_deliveries("deals", mapping, Original("週報.csv", archived, "0a1b2c", 0, None, ARRIVED), folder)
    assert isinstance(refused, RefusedFile) and refused.values["file"] == "週報.csv"
