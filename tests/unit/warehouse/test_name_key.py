"""Match keys of names: what is one name, and what is not."""

import pytest

from pipelines.warehouse.name_key import name_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("大同股份有限公司", "大同"), ("臺灣 大 同", "台灣大同"), ("ＡＣＭＥ　Co., Ltd.", "Acme"), ("ACME CO LTD", "acme"), ("GTX Pro", "GTXPro"),
        ("大同(股)公司", "大同(股)"),
    ],
)  # fmt: skip
def test_two_spellings_of_one_name(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cisco", "Cis"), ("Visa", "Vi"), ("Monaco Inc", "Mona"), ("大同實業股份有限公司", "大同股份有限公司"),
        ("大同台中分公司", "大同"), ("鍾記", "鐘記"),
    ],
)  # fmt: skip
def test_two_names(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize("name", ["公司", "Co.", "Ltd", "…", "有限公司"])
def test_nothing_but_a_suffix_keeps_a_key(name: str) -> None:
    assert name_key(name)
