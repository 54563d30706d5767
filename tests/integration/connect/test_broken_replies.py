"""A reply that does not come whole is asked for again: once is no harm, for ever ends the reading with FNL-257."""

import pytest

from pipelines.extract.connect.http import RETRIES
from pipelines.messages.catalogue import FunnelError
from tests.integration.connect.broken import WAYS
from tests.integration.connect.fakes import KINDS, START, read, standing


@pytest.mark.parametrize("kind", KINDS)
def test_one_broken_answer_of_each_kind_changes_nothing_that_is_read(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with standing(kind, monkeypatch) as fake:
        whole, cursor = read(fake.connector(), None, START)
        calls = fake.calls.total()
        fake.break_answers([*WAYS[:3], "", *WAYS[3:], ""] * calls)
        again, cursor_again = read(fake.connector(), None, START)
        assert [extraction for extraction, _ in again] == ["full"] and (whole, cursor) == (again, cursor_again)
        assert fake.calls.total() > calls * 3, "most were asked for again"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_server_whose_answers_never_come_whole_is_given_up(kind: str, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with standing(kind, monkeypatch, deals=3) as fake:
        fake.break_answers([*[""] * 4, *[way] * 10_000])
        with pytest.raises(FunnelError) as error:
            read(fake.connector(), None, START)
        assert error.value.message.code == "FNL-257" and f"{RETRIES + 1} times" in str(error.value.message.values["why"])
        assert 4 + RETRIES < fake.calls.total() < 60
        assert all(len(error.value.message.lines(language)) == 4 for language in ("en", "zh-Hant"))
