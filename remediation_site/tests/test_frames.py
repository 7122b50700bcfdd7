"""A request has room for the frames of its calls."""

import resource

from remediation_site.frames import with_room

DEPTHS, CALLS = 400, 300  # deep enough to come to the end of a piece


def leaf():
    return None


def called_below(depth: int) -> None:
    """Call a function again and again, so many calls further down."""
    if depth:
        called_below(depth - 1)
    else:
        for _ in range(CALLS):
            leaf()


def pages_asked_for(depth: int) -> int:
    """How often the system gave a page of memory meanwhile."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    called_below(depth)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def the_most_at_any_depth() -> int:
    return max(pages_asked_for(depth) for depth in range(DEPTHS))


def test_at_no_depth_a_call_asks_the_system_for_memory_each_time():
    with_room(the_most_at_any_depth)()

    assert with_room(the_most_at_any_depth)() < CALLS / 3


def test_what_is_called_with_room_gets_its_arguments_and_gives_its_answer():
    assert with_room(divmod)(7, 2) == (3, 1)
