"""`python -m pipelines.cli` is `funnel`. Nothing else belongs here."""

from pipelines.cli.main import main

raise SystemExit(main())
