"""How much memory DuckDB may hold before it spills to the company's own folder.

Belongs here: that one figure. Does not: opening files, or the limit of the readers of spreadsheets (extract/worker.py).
"""

import os

SHARE = 0.4
MOST_GIB = 3  # allowed 0.4 of 24 GiB, a night of 500,000 deals and 10 million activities grew to 8.8 GiB; the goal is 4


def memory_limit() -> str:
    """As DuckDB's setting: 0.4 of the machine's memory, at least 1 GB, at most 3 GB."""
    available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{min(MOST_GIB, max(1, int(available * SHARE / 2**30)))}GB"
