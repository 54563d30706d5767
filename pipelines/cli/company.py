"""`funnel init` and `funnel check`: a company folder and whether it can be used, offline.

Belongs here: making the folder from pipelines/defaults, and asking each room whether its configuration is sound.
Does not: what the configuration means (settings, extract.mapping).
"""

import re
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.connected import Kind, add_to_new, tell_what_to_paste
from pipelines.cli.options import CompanyOption
from pipelines.cli.screen import open_company, screen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.resources.abc import Traversable

    from pipelines.extract.delivery import Delivery
    from pipelines.messages.catalogue import FunnelError
    from pipelines.settings.company import CompanyFolder


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that does not exist yet, or is empty. · 新資料夾")],
    language: Annotated[str, typer.Option(help="en | zh-Hant")] = "",
    time_zone: Annotated[str, typer.Option(help="IANA name · 時區")] = "Asia/Taipei",
    currency: Annotated[str, typer.Option(help="Base currency · 本位幣")] = "TWD",
    source: Annotated[
        Kind | None, typer.Option(help="Add a source of this kind; in a company that is there: what to paste · 連線來源")
    ] = None,
) -> None:
    """Make a company folder: settings, playbook, mappings, inbox. · 建立公司資料夾"""
    from pipelines.messages.catalogue import FunnelError

    if source and (folder / "funnel.yaml").is_file():
        tell_what_to_paste(open_company(folder), source)
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FunnelError("FNL-602", 2, path=folder)
    _copy(resources.files("pipelines.defaults"), folder)
    for name in ("inbox", "mappings", "playbook"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "data").mkdir(mode=0o700)
    (folder / ".gitignore").write_text("data/\n.env\n", encoding="utf-8")
    declared = {
        "company": folder.resolve().name,
        "language": language or screen.language,
        "time_zone": time_zone,
        "base_currency": currency,
    }
    settings = folder / "funnel.yaml"
    settings.write_text(_declare(settings.read_text(encoding="utf-8"), declared), encoding="utf-8")
    open_company(folder)
    screen.say("FNL-601", path=folder)
    if source:
        add_to_new(folder, source)


def _copy(defaults: "Traversable", target: Path) -> None:
    """Files by content, not by copy: an installed package may be read-only, the company folder must not be."""
    target.mkdir(parents=True, exist_ok=True)
    for entry in defaults.iterdir():
        if entry.is_dir() and entry.name not in ("__pycache__", "templates", "connectors", "sources"):
            _copy(entry, target / entry.name)
        elif entry.is_file() and not entry.name.endswith((".py", ".pyc")):
            (target / entry.name).write_bytes(entry.read_bytes())


def _declare(text: str, declared: dict[str, str]) -> str:
    """The shipped funnel.yaml with the user's own words in place of the defaults; comments stay."""
    for key, value in declared.items():
        found = re.search(rf"(?m)^{key}:[ \t]*[^#\n]*?(?P<comment>[ \t]*#.*)?$", text)
        if found:
            text = f'{text[: found.start()]}{key}: "{value}"{found["comment"] or ""}{text[found.end() :]}'
    return text


def check(company: CompanyOption = None) -> None:
    """Is the configuration sound? Settings, mappings and playbook, offline; which files nobody reads. · 檢查設定"""
    from pipelines.extract.asked import unread
    from pipelines.settings.named import absent

    folder = open_company(company)
    used = [name for name, source in folder.settings.sources.items() if source.enabled]
    faults = absent(folder, used) + [fault for test in _tests(folder, used) if (fault := _fault(test))]
    for fault in faults:
        screen.message(fault.message, is_error=True)
    if faults:
        raise typer.Exit(2)
    screen.table(
        ("source", "mapping", "files"),
        [
            (name, str(source.mapping or f"({source.kind})"), _matching(folder, name) if name in used else "-")
            for name, source in folder.settings.sources.items()
        ],
    )
    screen.say("FNL-603", path=folder.root, count=len(folder.settings.sources))
    for message in unread(folder)[0]:
        screen.message(message)


def _tests(folder: "CompanyFolder", used: list[str]) -> "Iterator[Callable[[], object]]":
    from pipelines.extract.mapping import load_mapping
    from pipelines.extract.playbook import playbook_delivery
    from pipelines.settings.business_date import default_as_of_date
    from pipelines.settings.clock import now
    from pipelines.settings.paths import mapping_file

    for name in used:
        mapping = mapping_file(folder, name)
        if mapping.is_file():
            yield partial(load_mapping, mapping)
        yield partial(_source_folder, folder, name)
        if folder.settings.sources[name].connection:
            yield partial(_secret, folder, name)
    yield partial(_read, playbook_delivery, folder, default_as_of_date(folder.settings, now()))


def _read(deliver: "Callable[..., Delivery]", *about: object) -> None:
    """A delivery read to its end, so that whatever is wrong in it is told."""
    for _ in deliver(*about).chunks():
        pass


def _fault(test: "Callable[[], object]") -> "FunnelError | None":
    from pipelines.messages.catalogue import FunnelError

    try:
        test()
    except FunnelError as error:
        return error
    return None


def _source_folder(folder: "CompanyFolder", name: str) -> Path:
    """The folder a source reads. Raises FunnelError FNL-104 (exit 2) when it is missing or names a variable that is not set."""
    from pipelines.settings.paths import source_folder

    return source_folder(folder, name)


def _secret(folder: "CompanyFolder", name: str) -> None:
    """Raises FunnelError FNL-250 (exit 2): a connected source's password is not set."""
    import os

    from pipelines.extract.connect.connectors import access_of

    access_of(folder, name, os.environ)


def _matching(folder: "CompanyFolder", name: str) -> int:
    """How many files a source asks for now."""
    from pipelines.extract.asked import source_files

    return len(source_files(_source_folder(folder, name), folder.settings.sources[name], []))
