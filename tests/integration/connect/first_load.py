"""A process that lands one source at a chosen instant, to be killed: `python -m tests.integration.connect.first_load FOLDER INSTANT SLICE`.

Belongs here: that. Does not: killing, or judging what is left (test_slices.py).
"""

import sys
from datetime import datetime
from pathlib import Path

from pipelines.defs.assets import connect
from pipelines.defs.assets.land import land_source
from pipelines.defs.session import open_night
from pipelines.extract.connect import http
from pipelines.extract.hubspot import reading
from pipelines.landing import spool
from pipelines.settings.load import load_company

if __name__ == "__main__":
    moment = datetime.fromisoformat(sys.argv[2])
    http.BACKOFF_SECONDS, spool.SLICE_ROWS, reading.CHUNK = 0, int(sys.argv[3]), 9
    connect.now = lambda: moment
    with open_night(load_company(Path(sys.argv[1])), moment.date()) as session:
        land_source(session, "crm")
