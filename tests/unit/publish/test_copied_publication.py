"""A company folder copied by a program that follows links: its next publication takes the place of the copied files."""

import shutil
from pathlib import Path

from pipelines.publish.swap import swap


def settled(published: Path, name: str, text: str) -> Path:
    version = published / "versions" / name
    (version / "parquet").mkdir(parents=True)
    for file in ("funnel.duckdb", "manifest.json", "parquet/t.parquet"):
        (version / file).write_text(text, encoding="utf-8")
    return version


def test_a_copy_whose_links_were_followed_publishes_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    swap(settled(home, "2026-06-14_1", "old"), home)
    copied = Path(shutil.copytree(home, tmp_path / "copied"))  # follows links: current, parquet and the files are now real
    assert not (copied / "current").is_symlink() and (copied / "funnel.duckdb").read_text(encoding="utf-8") == "old"
    swap(settled(copied, "2026-06-14_2", "new"), copied)
    assert [(copied / name).read_text(encoding="utf-8") for name in ("funnel.duckdb", "manifest.json", "parquet/t.parquet")] == ["new"] * 3
    assert (copied / "current").resolve() == copied / "versions" / "2026-06-14_2"
    assert not list(copied.glob("*.tmp"))
