"""Finding a company folder and reading its YAML into checked models.

Belongs here: files -> models, and the company's .env. Does not: what the words mean (company.py) or how a fault is told (fault.py).
"""

import os
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import Company, CompanyFolder
from pipelines.settings.fault import invalid_value, plain

Model = TypeVar("Model", bound=BaseModel)


def read_yaml(file: Path, model: type[Model]) -> Model:
    """A YAML file as `model`. Raises FunnelError (exit 2) naming file, line and key.

    FNL-105 it is missing, FNL-106 it is no YAML, FNL-107 an unknown key, FNL-103 a wrong value, FNL-118 words that do not go together.
    """
    try:
        document = YAML().load(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise FunnelError("FNL-105", 2, file=file) from None
    except UnicodeDecodeError as error:
        raise FunnelError("FNL-106", 2, file=file, line="-", problem=f"byte {error.start}: {error.reason}") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark
        raise FunnelError(
            "FNL-106", 2, file=file, line=mark.line + 1 if mark else "-", problem=str(error.problem or error.context)
        ) from None
    try:
        return model.model_validate(plain(document or {}))
    except ValidationError as error:
        raise invalid_value(file, document, model, error) from None


def load_company(folder: str | Path | None = None) -> CompanyFolder:
    """The company folder named by argument or FUNNEL_COMPANY. Raises FunnelError FNL-101, FNL-102 and those of read_yaml (exit 2)."""
    named = folder or os.environ.get("FUNNEL_COMPANY")
    if not named:
        raise FunnelError("FNL-101", 2)
    root = Path(named).resolve()
    if not (root / "funnel.yaml").is_file():
        raise FunnelError("FNL-102", 2, path=root)
    _read_secrets(root / ".env")
    return CompanyFolder(root=root, settings=read_yaml(root / "funnel.yaml", Company))


def _read_secrets(file: Path) -> None:
    """NAME=value lines of the company's .env into the environment; what is set there already wins."""
    if file.is_file():
        from dotenv import load_dotenv

        load_dotenv(file, override=False)
