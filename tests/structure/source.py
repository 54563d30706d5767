"""Reading the project's own source for the structure tests. No assertions here."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the checkout that git keeps or would keep; outside a git checkout every file below it."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=False
    )
    names = listed.stdout.decode().split("\0") if listed.returncode == 0 else [str(path.relative_to(ROOT)) for path in ROOT.rglob("*")]
    return tuple(ROOT / name for name in names if name and (ROOT / name).is_file())


def modules(*packages: str) -> Iterator[Path]:
    """Python files of our packages, relative to the root."""
    for package in packages or ("pipelines", "expectations"):
        yield from sorted(path.relative_to(ROOT) for path in (ROOT / package).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), str(path))


def imports(path: Path, *, at_top_only: bool = False, with_types: bool = False) -> set[str]:
    """Dotted names a module imports. `if TYPE_CHECKING:` counts only `with_types`; functions do not count `at_top_only`."""
    found: set[str] = set()

    def walk(nodes: list[ast.stmt]) -> None:
        for node in nodes:
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.update(f"{node.module}.{alias.name}" for alias in node.names)
            elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
                if with_types:
                    walk(node.body)
            elif not (at_top_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
                for block in ("body", "orelse", "finalbody"):
                    walk(getattr(node, block, []))
                for handler in getattr(node, "handlers", []):
                    walk(handler.body)

    walk(tree(path).body)
    return found


def room(name: str) -> str:
    """`pipelines.extract.files.x` -> extract; `expectations.result` -> expectations; anything else -> ''."""
    parts = name.split(".")
    if parts[0] == "expectations":
        return "expectations"
    return parts[1] if parts[0] == "pipelines" and len(parts) > 1 else ""
