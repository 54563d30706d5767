"""What each source of a company shows of itself: which kind is asked how.

Belongs here: that choice, and that a refusal is part of the answer. Does not: asking any kind.
"""

from collections.abc import Mapping as Environment

from pipelines.extract.connect.connectors import access_of
from pipelines.extract.connect.diagnosis import Clock, Diagnosis
from pipelines.extract.mapping import load_mapping
from pipelines.settings.company import CompanyFolder
from pipelines.settings.paths import mapping_file


def diagnosed(folder: CompanyFolder, name: str, environment: Environment[str, str], now: Clock) -> Diagnosis:
    """Writes nothing. What refuses us is among its faults."""
    kind = folder.settings.sources[name].kind
    found = Diagnosis("")
    with found.told():
        mapping = load_mapping(mapping_file(folder, name))
        if kind == "file":
            from pipelines.extract.file_diagnosis import diagnose_files

            diagnose_files(found, folder, name, mapping)
            return found
        access = access_of(folder, name, environment)
        found.place = access.place()
        if kind == "odoo":
            from pipelines.extract.odoo.diagnosis import diagnose_odoo

            diagnose_odoo(found, access, mapping, now)
        elif kind == "hubspot":
            from pipelines.extract.hubspot.diagnosis import diagnose_hubspot

            diagnose_hubspot(found, access, mapping, now)
        elif kind == "salesforce":
            from pipelines.extract.salesforce.diagnosis import diagnose_salesforce

            diagnose_salesforce(found, access, mapping, now)
        else:
            from pipelines.extract.sql.diagnosis import diagnose_sql

            diagnose_sql(found, access, mapping, now)
    return found
