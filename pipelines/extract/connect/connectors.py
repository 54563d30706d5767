"""Which connector serves which kind of source.

Belongs here: that choice, taking the secret from the environment, and what each kind reads for the sake of an object.
Does not: any connector.
"""

from collections.abc import Mapping as Environment

from pipelines.extract.connect.access import Access
from pipelines.extract.connect.connector import Connector
from pipelines.extract.connect.listing import is_named_by_more
from pipelines.extract.hubspot import objects as hubspot
from pipelines.extract.mapping import Mapping
from pipelines.extract.odoo import models as odoo
from pipelines.extract.salesforce import objects as salesforce
from pipelines.extract.sql.again import numbered
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder


def access_of(folder: CompanyFolder, name: str, environment: Environment[str, str]) -> Access:
    """Raises FunnelError FNL-250 (exit 2): the variable that should hold the password is not set."""
    source = folder.settings.sources[name]
    assert source.connection is not None  # what Source makes sure of
    variable = source.connection.password_env
    if variable and not environment.get(variable):
        raise FunnelError("FNL-250", 2, source=name, variable=variable, file=folder.root / ".env")
    return Access(name, source.connection, folder.root, environment[variable] if variable else None)


def connector_of(folder: CompanyFolder, name: str, mapping: Mapping, environment: Environment[str, str]) -> Connector:
    """Raises FunnelError as access_of does, and FNL-258."""
    source, access = folder.settings.sources[name], access_of(folder, name, environment)
    for sheet in mapping.sheets if source.kind != "sql" else []:
        if is_named_by_more(mapping, str(sheet.sheet)):
            raise access.refused("FNL-258", f"mapping of {sheet.sheet}: say `key` with columns, without `content_key` or `groups`")
    if source.kind == "odoo":
        from pipelines.extract.odoo.connector import OdooConnector

        return OdooConnector(access, mapping)
    if source.kind == "hubspot":
        from pipelines.extract.hubspot.connector import HubSpotConnector

        return HubSpotConnector(access, mapping)
    if source.kind == "salesforce":
        from pipelines.extract.salesforce.connector import SalesforceConnector

        return SalesforceConnector(access, mapping)
    from pipelines.extract.sql.connector import SqlConnector

    return SqlConnector(access, mapping)


def read_for(kind: str, name: str) -> tuple[str, ...]:
    """What this kind of source is asked for so that an object can be told; in general the object itself."""
    if kind == "odoo":
        return (odoo.LEAD,) if name in odoo.OF_A_THREAD else (name,)
    made: dict[str, tuple[str, ...]] = {}
    if kind in ("hubspot", "salesforce"):
        made = hubspot.MADE_OF if kind == "hubspot" else salesforce.MADE
    return made.get(name, (name,))


def without_dates(kind: str, mapping: Mapping, cursor: str | None) -> set[str]:
    """The objects that are read whole whenever they are read again, since nothing there says when a record changed."""
    if kind == "salesforce":
        return set(salesforce.SMALL)
    if kind == "hubspot":
        return {hubspot.OWNERS, *hubspot.MADE} - hubspot.MADE_OF.keys()
    if kind == "odoo":
        return {model.name for model in odoo.WHOLE}
    return numbered(mapping, cursor)
