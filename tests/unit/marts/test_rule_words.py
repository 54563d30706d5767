"""Every quality rule has one code in three places: the rule table, the message catalogue, the models that raise it.

Belongs here: that the three agree. Does not: what a rule finds (dbt unit tests, test_issues.py).
"""

import csv
import re
from pathlib import Path

from pipelines.messages.catalogue import LANGUAGES, catalogue

PROJECT = Path(__file__).parents[3] / "dbt_project"


def rule_table() -> dict[str, dict[str, str]]:
    with (PROJECT / "seeds" / "quality_rule.csv").open(encoding="utf-8", newline="") as file:
        return {row["rule_code"]: row for row in csv.DictReader(file)}


def test_rules_and_messages_are_the_same_codes() -> None:
    assert set(rule_table()) == {code for code in catalogue() if code.startswith("FNL-7")}


def test_the_message_starts_with_the_name_of_the_rule() -> None:
    for code, row in rule_table().items():
        for language, column in zip(LANGUAGES, ("rule_name_en", "rule_name_zh_hant"), strict=True):
            assert catalogue()[code][language]["what"].startswith(row[column]), (code, language)


def test_every_rule_is_raised_and_every_raised_rule_is_known() -> None:
    raised = {
        code
        for file in (PROJECT / "models" / "marts" / "quality" / "rule").glob("*.sql")
        for code in re.findall(r"FNL-7\d\d", file.read_text(encoding="utf-8"))
    }
    assert raised == set(rule_table())
