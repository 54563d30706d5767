"""What a file is, by its bytes."""

import zipfile
from pathlib import Path

import pytest

from pipelines.extract.delivery import SourceError
from pipelines.extract.sniff import sniff


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xlsx", b"", "FNL-201"),
        ("a.csv", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n", "FNL-202"),
        ("a.xls", b"\r\n<HTML><table><tr><td>1</td></tr></table>", "FNL-203"),
        ("a.xls", b"<?xml version='1.0'?><html xmlns='x'>", "FNL-203"),
        ("a.xlsx", b"a,b\n1,2\n", "FNL-204"),
        ("a.xlsx", b"PK\x03\x04 cut off", "FNL-205"),
        ("a.csv", b"%PDF-1.7", "FNL-207"),
        ("a.csv", b"ID;PWXL;N;E\r\n", "FNL-207"),
    ],
)
def test_refusals(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError) as refusal:
        sniff(path)
    assert refusal.value.message.code == code
    assert all(len(refusal.value.message.lines(language)) == 4 for language in ("en", "zh-Hant"))


def test_a_workbook_named_csv_is_refused_and_under_its_own_name_read(tmp_path: Path) -> None:
    for name in ("a.csv", "a.xlsx"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("xl/workbook.xml", "<workbook/>")
    assert sniff(tmp_path / "a.xlsx") == "workbook"
    with pytest.raises(SourceError) as refusal:
        sniff(tmp_path / "a.csv")
    assert refusal.value.message.code == "FNL-204"


def test_a_zip_without_a_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("letter.txt", "hello")
    with pytest.raises(SourceError) as refusal:
        sniff(tmp_path / "a.xlsx")
    assert refusal.value.message.code == "FNL-207"


def test_text_of_any_name_is_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbfa,b\n")
    assert sniff(tmp_path / "a.csv") == "text"
