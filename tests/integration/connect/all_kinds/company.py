"""One company with a source of every kind, two of them Odoo: what each holds, a day of it, and the folder that reads them.

Belongs here: the fakes and the files together, and what each of them would say is true. Does not: nights, or comparing.
The two Odoos number their records alike, and everywhere there is a customer called Datong.
"""

import csv
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipelines.settings.company import CompanyFolder
from pipelines.settings.load import load_company
from tests.integration.conftest import ROOT
from tests.integration.connect.hubspot.company import first as first_of_hubspot
from tests.integration.connect.hubspot.company import one_event
from tests.integration.connect.hubspot.server import TOKEN
from tests.integration.connect.hubspot.server import serving as serving_hubspot
from tests.integration.connect.hubspot.world import World
from tests.integration.connect.odoo.company import Company
from tests.integration.connect.odoo.server import ALL_LEADS, Odoo, served
from tests.integration.connect.odoo.server import SETTINGS as MAY_SET
from tests.integration.connect.salesforce.company import organization
from tests.integration.connect.salesforce.life import live_a_day
from tests.integration.connect.salesforce.org import Org
from tests.integration.connect.salesforce.server import CLIENT, SECRET
from tests.integration.connect.salesforce.server import serving as serving_salesforce

BEGIN = datetime(2026, 2, 25, 1, 0)
DATONG = "大同股份有限公司"
SOURCES = ("sheet", "taipei", "tokyo", "hub", "force", "legacy")
SECRETS = {"TAIPEI_KEY": "key of taipei/9", "TOKYO_KEY": "key of tokyo/7", "HUB_TOKEN": TOKEN, "FORCE_SECRET": SECRET}
SETTINGS = """
company: All kinds
language: en
time_zone: Asia/Taipei
base_currency: TWD
sources:
  sheet: {{mapping: mappings/sheet.yaml, files: ["deals_*.csv"]}}
  taipei: {{kind: odoo, connection: {{url: "{taipei}", database: odoo, user: admin, password_env: TAIPEI_KEY}}}}
  tokyo: {{kind: odoo, connection: {{url: "{tokyo}", database: tokyo, user: admin, password_env: TOKYO_KEY}}}}
  hub: {{kind: hubspot, connection: {{url: "{hub}", password_env: HUB_TOKEN}}}}
  force: {{kind: salesforce, connection: {{url: "{force}", user: "{client}", password_env: FORCE_SECRET}}}}
  legacy: {{kind: sql, mapping: mappings/legacy.yaml, connection: {{url: "sqlite:legacy.db"}}}}
"""
SHEET = r"""
version: 1
delivery: full
delivered_at: {file_name: 'deals_(?P<date>\d{8})\.csv', format: "%Y%m%d"}
sheets:
  - records:
      - entity: opportunity
        key: [Deal]
        columns: {opportunity_name: Name, stage: Stage, amount: {column: Amount, tax: excluded}, created_date: Created,
                  customer: {column: Customer, by: name_key}}
      - {entity: customer, key: [Customer], columns: {customer_name: Customer}}
"""
LEGACY = """
version: 1
queries:
  deal: {sql: "select id, name, customer, amount, stage, created, changed_at from deal", cursor: changed_at}
  customer: {sql: "select id, name from customer"}
sheets:
  - sheet: deal
    records:
      - entity: opportunity
        key: [id]
        columns: {opportunity_name: name, customer: customer, amount: {column: amount, tax: excluded}, stage: stage, created_date: created}
        not_a_change: [changed_at]
  - sheet: customer
    records:
      - {entity: customer, key: [id], columns: {customer_name: name}}
"""
# An example's own set of stages -> the name it has here; a set for each kind of source, the house's for sheets and the old database.
SETS = {"odoo_crm": {"standard": "odoo"}, "hubspot_crm": {"sales": "hubspot"}, "salesforce_crm": {"standard": "standard"}}
HOUSE = {"contact": "Contact", "offer": "Proposal", "won": "Won"}
RULES = """rule_code,rule_order,stage_set_code,condition_field,condition_operator,condition_value,valid_from_date,valid_to_date
odoo,1,odoo,source_system,in,taipei|tokyo,2000-01-01,
hubspot,2,hubspot,source_system,=,hub,2000-01-01,
"""
RATES = """rate_date,from_currency_code,to_currency_code,rate
2026-02-25,EUR,TWD,34
2026-02-25,JPY,TWD,0.2
"""


@dataclass
class Everything:
    """What is true in each source. `close` stops a server by the name of its source."""

    folder: CompanyFolder
    odoos: dict[str, Company]
    hub: World
    org: Org
    servers: dict[str, Any]
    close: dict[str, Callable[[], None]]

    @property
    def database(self) -> Path:
        return self.folder.root / "legacy.db"

    def live(self, chance: random.Random, moment: datetime) -> None:
        """A day in every source; the workbook is sent anew with a deal more."""
        for company in self.odoos.values():
            company.live(moment, 25)
        self.hub.now = moment - timedelta(hours=3)
        for _ in range(25):
            self.hub.now += timedelta(minutes=1)
            one_event(self.hub, chance)
        live_a_day(self.org, chance, moment)
        self.send(moment, 6)
        with closing(sqlite3.connect(self.database)) as database, database:
            database.execute("update deal set stage = 'Won', changed_at = ? where id = 1", (moment.isoformat(sep=" "),))
            database.execute("delete from deal where id = 2")
            database.execute("insert into deal values (9, 'Deal 9', 1, 900, 'Contact', '2026-03-01', ?)", (moment.isoformat(sep=" "),))

    def send(self, moment: datetime, deals: int) -> None:
        with (self.folder.root / "inbox" / f"deals_{moment:%Y%m%d}.csv").open("w", encoding="utf-8", newline="") as file:
            rows = [(n, f"Deal {n}", [DATONG, "Other"][n % 2], list(HOUSE.values())[n % 3], 100 * n, "2026-02-20") for n in range(deals)]
            csv.writer(file).writerows([("Deal", "Name", "Customer", "Stage", "Amount", "Created"), *rows])

    def deals(self) -> dict[str, set[str]]:
        """Ids of the deals that are there, by source, as the fakes would say."""
        with closing(sqlite3.connect(self.database)) as database:
            legacy = {str(row[0]) for row in database.execute("select id from deal")}
        return {
            "sheet": {str(number) for number in range(6)},
            **{name: set(map(str, company.leads(type="opportunity"))) for name, company in self.odoos.items()},
            "hub": {record.id for record in self.hub.live("deals")},
            "force": {key for key, deal in self.org.records["Opportunity"].items() if not deal["IsDeleted"]},
            "legacy": legacy,
        }


@contextmanager
def company(root: Path) -> Iterator[Everything]:
    with ExitStack() as running:
        odoos, close, urls = dict[str, Company](), dict[str, Callable[[], None]](), dict[str, str]()
        servers: dict[str, Any] = {}
        for number, (name, currency) in enumerate({"taipei": "EUR", "tokyo": "JPY"}.items()):
            odoos[name] = _odoo(currency, random.Random(number))
            key = SECRETS[f"{name.upper()}_KEY"]
            database = {"taipei": "odoo", "tokyo": "tokyo"}[name]
            part = running.enter_context(ExitStack())
            servers[name] = Odoo(odoos[name].data, {"admin": {ALL_LEADS, MAY_SET}}, key, database)
            urls[name] = part.enter_context(served(servers[name]))
            close[name] = part.close
        hub, org = World(BEGIN), organization(20)
        first_of_hubspot(hub, 20)
        hub.create("companies", name=DATONG)
        org.create("Account", Name=DATONG, OwnerId=org.user)
        servers |= {"hub": running.enter_context(serving_hubspot(hub)), "force": running.enter_context(serving_salesforce(org))}
        urls |= {name: servers[name].url for name in ("hub", "force")}
        yield Everything(_folder(root, urls), odoos, hub, org, servers, close)


def _odoo(currency: str, chance: random.Random) -> Company:
    made = Company(BEGIN, chance)
    made.data.rows["res.currency"][made.currency]["name"] = currency
    firm = made.add("res.partner", name=DATONG, active=True)
    made.write("res.partner", firm, commercial_partner_id=firm)
    made.add("res.partner", name="Wu", active=True, parent_id=firm, commercial_partner_id=firm)
    for _ in range(12):
        made.write("crm.lead", made.open(), user_id=min(made.data.rows["res.users"]))
    return made


def _folder(root: Path, urls: dict[str, str]) -> CompanyFolder:
    for name in ("inbox", "mappings", "playbook"):
        (root / name).mkdir(parents=True)
    (root / "funnel.yaml").write_text(SETTINGS.format(client=CLIENT, **urls), encoding="utf-8")
    for name, text in (("sheet", SHEET), ("legacy", LEGACY)):
        (root / "mappings" / f"{name}.yaml").write_text(text, encoding="utf-8")
    _playbook(root / "playbook")
    with closing(sqlite3.connect(root / "legacy.db")) as database, database:
        database.execute(
            "create table deal (id integer primary key, name text, customer, amount, stage text, created text, changed_at text)"
        )
        database.execute("create table customer (id integer primary key, name text)")
        database.executemany("insert into customer values (?, ?)", [(1, DATONG), (2, "Old")])
        rows = [(n, f"Deal {n}", 1 + n % 2, 100 * n, "Contact", "2026-02-01", "2026-02-01 08:00:00") for n in range(1, 6)]
        database.executemany("insert into deal values (?, ?, ?, ?, ?, ?, ?)", rows)
    return load_company(root)


def _playbook(place: Path) -> None:
    """The playbooks of the examples, one beside the other."""
    head: dict[str, list[str]] = {}
    made: dict[str, list[list[str]]] = {"stage_set": [["house", "House", "本公司", "true", "2000-01-01", ""]], "stage": [], "stage_map": []}
    for number, (code, name) in enumerate(HOUSE.items(), 1):
        made["stage"].append(
            ["house", code, str(number), name, name, "closed", "0.5", "", "", str(code == "won").lower(), "false", "2000-01-01", ""]
        )
    for example, sets in SETS.items():
        for table in made:
            with (ROOT / "examples" / example / "playbook" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
                head[table], *rows = list(csv.reader(file))
            place_of_set = head[table].index("stage_set_code")
            for row in [row for row in rows if row[place_of_set] in sets]:
                row[place_of_set] = sets[row[place_of_set]]
                if table == "stage_set":
                    row[head[table].index("is_default")] = "false"
                made[table].append(row)
    for table, rows in made.items():
        with (place / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head[table], *rows])
    (place / "stage_set_rule.csv").write_text(RULES, encoding="utf-8")
    (place / "exchange_rate.csv").write_text(RATES, encoding="utf-8")
