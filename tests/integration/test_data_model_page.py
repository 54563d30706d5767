"""docs/data_model.md says what the models say today. When this fails: make docs."""

import importlib.util
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_current() -> None:
    spec = importlib.util.spec_from_file_location("generate_data_model", DOCS / "generate_data_model.py")
    assert spec and spec.loader
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    assert (DOCS / "data_model.md").read_text(encoding="utf-8") == generator.render(generator.parsed_manifest()), "run: make docs"
