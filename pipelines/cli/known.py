"""Sources by the names that funnel.yaml gives them.

Belongs here: telling an unknown name. Does not: what a source is.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.settings.company import CompanyFolder


def known_source(folder: "CompanyFolder", source: str) -> None:
    """Raises FunnelError FNL-618 (exit 2) with the nearest names."""
    from difflib import get_close_matches

    from pipelines.messages.catalogue import FunnelError

    if source not in folder.settings.sources:
        known = sorted(folder.settings.sources)
        raise FunnelError("FNL-618", 2, source=source, known=", ".join(get_close_matches(source, known, 1) or known) or "-")
