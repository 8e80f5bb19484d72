"""Columns are read ahead of their use: in order, not too many, and their errors are not lost."""

from __future__ import annotations

import threading

import pytest

from auditkit.profiling.ahead import ahead


def test_what_is_made_comes_in_order_from_another_thread() -> None:
    found = list(ahead(lambda item: (item, threading.current_thread()), range(20)))
    assert [item for item, _ in found] == list(range(20))
    assert len({thread for _, thread in found}) == 1
    assert threading.current_thread() not in {thread for _, thread in found}


def test_no_more_than_a_few_are_held() -> None:
    begun: list[int] = []
    made = ahead(lambda item: begun.append(item) or item, range(100), most=2)
    for used, item in enumerate(made):
        assert item == used
        assert len(begun) <= used + 3  # the one in use and two ahead


def test_an_error_comes_where_its_item_would_have_come() -> None:
    made = ahead(lambda item: 6 // item, [3, 2, 0, 1])
    assert [next(made), next(made)] == [2, 3]
    with pytest.raises(ZeroDivisionError):
        next(made)


def test_who_has_had_enough_waits_for_no_more_than_one() -> None:
    begun: list[int] = []
    made = ahead(lambda item: begun.append(item) or item, range(1000))
    assert next(made) == 0
    made.close()
    assert len(begun) <= 4
    assert list(ahead(abs, [])) == []
