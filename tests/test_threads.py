"""Work side by side: in order, on several threads where it is long, and errors are not lost."""

from __future__ import annotations

import threading
import time

import pytest

from auditkit.threads import side_by_side


@pytest.mark.parametrize("long", [True, False])
def test_what_is_made_comes_in_order(long: bool) -> None:
    def late_is_first(item: int) -> int:
        time.sleep(0.002 * (item % 3 == 0))
        return item * item

    found = side_by_side(late_is_first, range(30), long=long)
    assert found == [item * item for item in range(30)]
    assert side_by_side(abs, [], long=long) == []


def test_short_work_stays_where_it_is_and_long_work_does_not() -> None:
    here = threading.current_thread()
    assert set(side_by_side(lambda _: threading.current_thread(), range(9), long=False)) == {here}
    assert here not in side_by_side(lambda _: threading.current_thread(), range(9))


@pytest.mark.parametrize("long", [True, False])
def test_the_first_error_is_raised_and_what_has_not_begun_is_left(long: bool) -> None:
    begun: list[int] = []

    def divided(item: int) -> float:
        begun.append(item)
        time.sleep(0.002)
        return 6 / (item - 2)

    with pytest.raises(ZeroDivisionError):
        side_by_side(divided, range(1_000), long=long)
    assert len(begun) < 500
    done = len(begun)
    time.sleep(0.02)
    assert len(begun) == done  # nobody goes on unseen
