"""A small organization: objects, records and what Salesforce itself does when they change (stamps, stage history, recycle bin, merges).

Belongs here: state and its rules. Does not: HTTP (server.py), or what the tests expect.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

SYSTEM = {"Id": "id", "IsDeleted": "boolean", "CreatedDate": "datetime", "CreatedById": "reference",
          "LastModifiedDate": "datetime", "LastModifiedById": "reference", "SystemModstamp": "datetime"}  # fmt: skip
OBJECTS: dict[str, tuple[str, dict[str, str]]] = {
    "Opportunity": ("006", {**SYSTEM, "Name": "string", "AccountId": "reference", "ContactId": "reference", "OwnerId": "reference",
        "RecordTypeId": "reference", "Type": "picklist", "StageName": "picklist", "Amount": "currency", "Probability": "percent",
        "ForecastCategoryName": "picklist", "CloseDate": "date", "LeadSource": "picklist", "NextStep": "string", "IsClosed": "boolean",
        "LastStageChangeDate": "datetime", "CurrencyIsoCode": "picklist", "Purpose__c": "string", "Weighted__c": "double", "BillingPlace__c": "location"}),
    "OpportunityLineItem": ("00k", {**SYSTEM, "OpportunityId": "reference", "Product2Id": "reference", "Quantity": "double",
        "UnitPrice": "currency", "TotalPrice": "currency", "CurrencyIsoCode": "picklist"}),
    "OpportunityContactRole": ("00K", {**SYSTEM, "OpportunityId": "reference", "ContactId": "reference", "Role": "picklist"}),
    "OpportunityHistory": ("008", {"Id": "id", "IsDeleted": "boolean", "OpportunityId": "reference", "StageName": "picklist",
        "Amount": "currency", "CloseDate": "date", "CreatedDate": "datetime", "CreatedById": "reference", "SystemModstamp": "datetime"}),
    "OpportunityFieldHistory": ("017", {"Id": "id", "IsDeleted": "boolean", "OpportunityId": "reference", "Field": "picklist",
        "OldValue": "anyType", "NewValue": "anyType", "CreatedDate": "datetime", "CreatedById": "reference"}),
    "Task": ("00T", {**SYSTEM, "Subject": "string", "WhatId": "reference", "WhoId": "reference", "AccountId": "reference",
        "OwnerId": "reference", "ActivityDate": "date", "CompletedDateTime": "datetime", "IsClosed": "boolean", "IsArchived": "boolean",
        "TaskSubtype": "picklist", "CallType": "picklist", "CallDurationInSeconds": "int", "CallDisposition": "string",
        "Description": "textarea"}),
    "Event": ("00U", {**SYSTEM, "Subject": "string", "WhatId": "reference", "WhoId": "reference", "AccountId": "reference",
        "OwnerId": "reference", "StartDateTime": "datetime", "EndDateTime": "datetime", "DurationInMinutes": "int", "Location": "string",
        "Description": "textarea", "IsArchived": "boolean", "IsChild": "boolean"}),
    "Account": ("001", {**SYSTEM, "MasterRecordId": "reference", "Name": "string", "ParentId": "reference", "Industry": "picklist",
        "BillingAddress": "address", "BillingStreet": "textarea", "BillingState": "string", "Phone": "phone", "Website": "url",
        "OwnerId": "reference"}),
    "Contact": ("003", {**SYSTEM, "MasterRecordId": "reference", "Name": "string", "AccountId": "reference", "Title": "string",
        "Phone": "phone", "Email": "email", "OwnerId": "reference"}),
    "Lead": ("00Q", {**SYSTEM, "Name": "string", "Company": "string", "LeadSource": "picklist", "Status": "picklist",
        "OwnerId": "reference", "Email": "email", "Phone": "phone", "IsConverted": "boolean", "ConvertedAccountId": "reference",
        "ConvertedOpportunityId": "reference"}),
    "User": ("005", {"Id": "id", "Name": "string", "Email": "email", "IsActive": "boolean", "CreatedDate": "datetime",
        "LastLoginDate": "datetime", "SystemModstamp": "datetime"}),
    "Product2": ("01t", {**SYSTEM, "Name": "string", "Family": "picklist", "IsActive": "boolean"}),
    "Organization": ("00D", {"Id": "id", "Name": "string", "FiscalYearStartMonth": "int", "UsesStartDateAsFiscalYearName": "boolean"}),
    "OpportunityStage": ("01J", {"Id": "id", "MasterLabel": "string", "ApiName": "string", "SortOrder": "int", "IsClosed": "boolean",
        "IsWon": "boolean", "IsActive": "boolean", "DefaultProbability": "percent"}),
    "RecordType": ("012", {"Id": "id", "DeveloperName": "string", "SobjectType": "picklist", "IsActive": "boolean"}),
    "CurrencyType": ("01L", {"Id": "id", "IsoCode": "string", "ConversionRate": "double", "IsActive": "boolean",
        "IsCorporate": "boolean"}),
    "DatedConversionRate": ("04w", {"Id": "id", "IsoCode": "string", "StartDate": "date", "NextStartDate": "date",
        "ConversionRate": "double"}),
    "UserPermissionAccess": ("0xx", {"Id": "id", "PermissionsViewAllData": "boolean"}),
}  # fmt: skip
STAGES = {"Prospecting": 10.0, "Proposal": 60.0, "Closed Won": 100.0, "Closed Lost": 0.0}


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


@dataclass
class Org:
    now: datetime
    types: dict[str, dict[str, str]] = field(default_factory=lambda: {name: dict(types) for name, (_, types) in OBJECTS.items()})
    hidden: set[str] = field(default_factory=set)  # objects that the user may not see
    records: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {name: {} for name in OBJECTS})
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.user = self.create("User", Name="王小明", Email="wang@example.com", IsActive=True)
        self.create("User", Name="Left", Email="left@example.com", IsActive=False)
        self.create("Organization", Name="Fake", FiscalYearStartMonth=4, UsesStartDateAsFiscalYearName=True)
        self.create("UserPermissionAccess", PermissionsViewAllData=True)
        for number, (name, probability) in enumerate(STAGES.items()):
            said = {"IsClosed": "Closed" in name, "IsWon": "Won" in name, "IsActive": True, "DefaultProbability": probability}
            self.create("OpportunityStage", MasterLabel=name, ApiName=name, SortOrder=number, **said)
        self.record_type = self.create("RecordType", DeveloperName="standard", SobjectType="Opportunity", IsActive=True)
        for code, rate, corporate in (("TWD", 1.0, True), ("USD", 0.032, False)):
            self.create("CurrencyType", IsoCode=code, ConversionRate=rate, IsActive=True, IsCorporate=corporate)
            self.create("DatedConversionRate", IsoCode=code, StartDate="2026-01-01", ConversionRate=rate)

    def create(self, name: str, **values: Any) -> str:
        key = f"{OBJECTS[name][0]}{next(self.numbers):012d}AAA"
        own = dict.fromkeys(self.types[name]) | {"Id": key, "CreatedDate": stamp(self.now), "CreatedById": getattr(self, "user", None)}
        own |= {field: False for field, kind in self.types[name].items() if kind == "boolean"}
        self.records[name][key] = {field: value for field, value in (own | values).items() if field in self.types[name]}
        self._touch(name, key)
        return key

    def edit(self, name: str, key: str, **values: Any) -> None:
        before = dict(self.records[name][key])
        self.records[name][key] |= values
        self._touch(name, key)
        if name == "Opportunity" and any(before[field] != self.records[name][key][field] for field in ("StageName", "Amount", "CloseDate")):
            self._historise(key)
            if before["StageName"] != (stage := self.records[name][key]["StageName"]):
                self.create("OpportunityFieldHistory", OpportunityId=key, Field="StageName", OldValue=before["StageName"], NewValue=stage)

    def deal(self, name: str, stage: str = "Prospecting", **values: Any) -> str:
        key = self.create("Opportunity", Name=name, OwnerId=self.user, RecordTypeId=self.record_type, CurrencyIsoCode="TWD",
                          CloseDate="2026-12-31", **self.in_stage(stage), **values)  # fmt: skip
        self._historise(key)
        return key

    def in_stage(self, stage: str) -> dict[str, Any]:
        said = {"StageName": stage, "Probability": STAGES[stage], "IsClosed": "Closed" in stage}
        return said | {"LastStageChangeDate": stamp(self.now)}

    def delete(self, name: str, key: str) -> None:
        """To the recycle bin; a deal's lines go with it."""
        self.edit(name, key, IsDeleted=True)
        for line in [line for line in self.records["OpportunityLineItem"].values() if line["OpportunityId"] == key]:
            self.edit("OpportunityLineItem", line["Id"], IsDeleted=True)

    def undelete(self, name: str, key: str) -> None:
        self.edit(name, key, IsDeleted=False)
        for line in [line for line in self.records["OpportunityLineItem"].values() if line["OpportunityId"] == key]:
            self.edit("OpportunityLineItem", line["Id"], IsDeleted=False)

    def purge(self, name: str, key: str) -> None:
        """Out of the recycle bin: no trace is left, of its lines and history neither."""
        del self.records[name][key]
        for child in ("OpportunityLineItem", "OpportunityHistory", "OpportunityFieldHistory"):
            self.records[child] = {own: record for own, record in self.records[child].items() if record["OpportunityId"] != key}

    def merge(self, master: str, other: str) -> None:
        """Two accounts: the other one is deleted and says into which; its deals and people move."""
        for name in ("Opportunity", "Contact", "Task", "Event"):
            for record in [record for record in self.records[name].values() if record["AccountId"] == other]:
                self.edit(name, record["Id"], AccountId=master)
        self.edit("Account", other, IsDeleted=True, MasterRecordId=master)

    def _touch(self, name: str, key: str) -> None:
        for system in ("SystemModstamp", "LastModifiedDate"):
            if system in self.types[name]:
                self.records[name][key][system] = stamp(self.now)

    def _historise(self, key: str) -> None:
        deal = self.records["Opportunity"][key]
        self.create("OpportunityHistory", OpportunityId=key, **{field: deal[field] for field in ("StageName", "Amount", "CloseDate")})

    def visible(self, name: str) -> dict[str, str]:
        return self.types[name]

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)
