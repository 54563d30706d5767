"""The next chunk is made while the last one is being landed.

Belongs here: looking one item ahead in a thread. Does not: anything about what the items are.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items in the same order; an error comes where it would have come. At most one item is made too early."""
    end = object()
    with ThreadPoolExecutor(1, "extract-ahead") as pool:
        coming = pool.submit(next, items, end)
        while (item := coming.result()) is not end:
            coming = pool.submit(next, items, end)
            yield item  # type: ignore[misc]
