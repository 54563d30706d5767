"""Which value of a cursor is the greater, and how far a reading goes back before it."""

import pytest

from pipelines.extract.connect.cursor import latest, moved_back


@pytest.mark.parametrize(
    ("values", "greatest"),
    [
        (["9", "10", None], "10"),
        (["-3", "-12"], "-3"),
        (["2026-03-01 08:00:00", "2026-03-01 08:00:00.5", "2026-02-28 23:59:59"], "2026-03-01 08:00:00.5"),
        ([None, None], None),
        ([], None),
    ],
)
def test_the_greatest(values: list[str | None], greatest: str | None) -> None:
    assert latest(values) == greatest


@pytest.mark.parametrize(
    ("value", "minutes", "begin"),
    [
        ("2026-03-01T00:30:00", 60, "2026-02-28 23:30:00"),
        ("2026-03-01T00:30:00.250000Z", 5, "2026-03-01 00:25:00.250000Z"),
        ("20260301", 60, "20260301"),
        ("rowversion 0x1F", 60, "rowversion 0x1F"),
    ],
)
def test_an_instant_goes_back_and_a_number_stays(value: str, minutes: int, begin: str) -> None:
    assert moved_back(value, minutes) == begin
