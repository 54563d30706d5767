"""Match keys of names, made in Python for distinct values, so that both engines join the same lookup.

Belongs here: what makes two spellings one name (width, case, spaces, 臺/台, company suffixes). Does not: who matches whom (models).
A branch (分公司) keeps its own key: it is another place to sell to.
"""

import re
import unicodedata

import polars as pl

from pipelines.landing.ledger import Ledger
from pipelines.settings.entities import entities

NAME_FIELDS = {
    "customer": ("customer_name", "legal_name"),
    "product": ("product_name",),
    "owner": ("owner_name",),
    "contact": ("contact_name",),
    "team": ("team_name",),
    "opportunity": ("opportunity_name",),
    "people": ("owner_name", "alias"),
    "lead": ("lead_name", "company_name"),
}
# Legal forms only (實業, 集團 are part of a name); a Latin one must be a word of its own: Cisco is no "Cis Co".
SUFFIX = re.compile(
    r"(股份有限公司|有限責任公司|有限责任公司|有限公司|企業社|企业社|公司|"
    r"(?<![a-z0-9])(co|company|corp|corporation|inc|incorporated|ltd|limited|llc|gmbh|ag|sa|plc|kk|pte)\.?)$"
)
BRANCH = re.compile(r"(分公司|分行|分店|廠|厂)$")
NOT_WORD = re.compile(r"[^\w]|_", re.UNICODE)


def name_key(name: str) -> str:
    """The key two spellings of one name share; the folded name itself when nothing else is left."""
    folded = unicodedata.normalize("NFKC", name).casefold().replace("臺", "台").strip()
    if BRANCH.search(folded):
        return NOT_WORD.sub("", folded)
    bare = folded
    while True:
        shorter = SUFFIX.sub("", bare.rstrip(" ,.()（）"))
        if shorter == bare or not shorter.strip(" ,.()（）"):
            break
        bare = shorter
    return NOT_WORD.sub("", bare) or NOT_WORD.sub("", folded) or folded


def name_keys(ledger: Ledger) -> pl.DataFrame:
    """raw_ledger.name_key: name_text, name_key for every distinct name and every text written as a reference."""
    found: set[str] = set()
    for _, entity, file in ledger.content_files():
        frame = pl.scan_parquet(file)
        columns = [name for name in _text_columns(entity) if name in frame.collect_schema()]
        for series in frame.select(pl.col(name).unique().implode() for name in columns).collect().iter_columns():
            found.update(value for value in series.explode(empty_as_null=True).to_list() if value)
    texts = sorted(found)
    return pl.DataFrame(
        {"name_text": texts, "name_key": [name_key(text) for text in texts]}, schema={"name_text": pl.String, "name_key": pl.String}
    )


def _text_columns(entity: str) -> list[str]:
    references = [
        field for field, kind in entities().get(entity, {}).items() if kind == "reference" and field not in ("opportunity", "activity")
    ]
    return [*NAME_FIELDS.get(entity, ()), *references]
