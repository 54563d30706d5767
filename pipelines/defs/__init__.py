"""The only folder that imports Dagster: assets, checks, jobs, schedules, sensors, resources. No logic of its own."""
