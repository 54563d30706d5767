"""`python -m pipelines.cli` is `funnel`. Nothing else belongs here."""

from pipelines.cli.main import run

raise SystemExit(run())
