"""The ledger: the only writer and the only reader of data/landing. No models, no DuckDB, no Dagster."""
