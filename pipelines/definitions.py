"""The entry point that Dagster loads: the definitions of the company named by FUNNEL_COMPANY. Nothing else belongs here."""

from pipelines.defs.assemble import build_definitions
from pipelines.settings.load import load_company

defs = build_definitions(load_company())
