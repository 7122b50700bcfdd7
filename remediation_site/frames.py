"""Room for the frames of Python's calls, taken once for a request instead of thousands of times.

CPython 3.11 and later keep frames in pieces of 16 kB. Where the calls of a loop begin at the end of a piece, each maps
a new one and gives it back when it returns: for a page of a list 2,000 times, a third of its processor time, and by
chance with each function between the server and the loop. A piece is made as large as the frame that it begins with
needs, at least doubled: so one call with a large frame leaves room for all that are made within it.
"""

from collections.abc import Callable
from types import FunctionType
from typing import Any

WORDS = 1 << 15  # 256 kB: a request of the admin needs some 100 kB; what is not used costs no memory


def with_room(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, called with a frame that leaves room for those of its calls."""

    def roomy(*arguments: Any) -> Any:
        return function(*arguments)

    code = roomy.__code__.replace(co_stacksize=WORDS)
    return FunctionType(code, roomy.__globals__, roomy.__name__, None, roomy.__closure__)
