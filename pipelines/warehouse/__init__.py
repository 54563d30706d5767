"""Opening DuckDB for the models: ledger state, lookups and the variables dbt is given. No SQL models here."""
