"""Personal data: what a published table shows instead of a phone number, an e-mail or a postal address.

Belongs here: which columns and values are personal, as SQL expressions over one table. Does not: deciding whether they may be published
(`publish.personal_data` in funnel.yaml), or building the file.

Three rules: a column that is personal by name or by its model's mark is NULL; so is source text that nobody mapped (it may hold anything);
in tables that list changes or faults, an old or raw value is NULL when its field is personal or it looks like an e-mail address or a
number to call.
"""

import re

PERSONAL_NAME = re.compile(r"(^|_)(phone|mobile|fax|email|address|address_text)$")
UNMAPPED = frozenset({"_extra", "_raw", "raw_row"})
FIELD_COLUMNS = ("field_name", "field_code", "column_name")
VALUE_COLUMNS = frozenset(
    {"old_value", "new_value", "from_value", "to_value", "previous_value", "raw_value", "value_text", "old_text", "new_text"}
)
FIELD_PATTERN = r"(^|_)(phone|mobile|fax|email|e-mail|address|address_text)$|電話|手機|傳真|信箱|郵件|郵箱|地址|电话|手机|传真|邮箱|邮件"
VALUE_PATTERN = r"[^\s@]+@[^\s@]+\.|^\s*(\+|0|\()[0-9()\s#./-]{7,}\s*$"


def expression(column: str, columns: frozenset[str], marked: frozenset[str], may_publish: bool) -> str:
    """SQL of one output column of a table that has `columns`; `marked` are those its model calls personal."""
    name = quoted(column)
    if may_publish:
        return name
    if column in UNMAPPED or column in marked or PERSONAL_NAME.search(column):
        return f"nullif({name}, {name}) as {name}"  # NULL of the column's own type
    fields = [field for field in FIELD_COLUMNS if field in columns]
    if column in VALUE_COLUMNS and fields:
        tests = [f"regexp_matches(lower({quoted(field)}::varchar), {literal(FIELD_PATTERN)})" for field in fields]
        tests.append(f"regexp_matches({name}::varchar, {literal(VALUE_PATTERN)})")
        return f"case when {' or '.join(f'coalesce({test}, false)' for test in tests)} then null else {name} end as {name}"
    return name


def quoted(name: str) -> str:
    """A name as a SQL identifier, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as a SQL literal, whatever it holds."""
    return "'" + text.replace("'", "''") + "'"
