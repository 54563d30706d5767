"""One item ahead: same items, same order, same error."""

from collections.abc import Iterator

import pytest

from pipelines.extract.ahead import ahead


def test_order_and_end() -> None:
    assert list(ahead(iter(range(100)))) == list(range(100))
    assert list(ahead(iter(()))) == []


def test_an_error_comes_after_the_items_before_it() -> None:
    def failing() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("third")

    taken = []
    with pytest.raises(ValueError, match="third"):
        for item in ahead(failing()):
            taken.append(item)
    assert taken == [1, 2]


def test_no_more_than_one_item_is_made_too_early() -> None:
    made = []

    def counted() -> Iterator[int]:
        for number in range(10):
            made.append(number)
            yield number

    items = ahead(counted())
    assert next(items) == 0
    items.close()  # type: ignore[attr-defined]
    assert made in ([0], [0, 1])
