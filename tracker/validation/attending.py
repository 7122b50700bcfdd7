"""Do some work in a thread while this one stays free to look after it: any kind of check has a heartbeat that way."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

from tracker.validation.surroundings import Progress

LOOK_SECONDS = 1.0
END_SECONDS = 20.0  # for what the work started to be ended
Outcome = TypeVar("Outcome")


class Stopped(Exception):
    """Nobody wants the result any more."""


class Watcher:
    """What the work tells its progress to; at the end it is told to stop."""

    def __init__(self) -> None:
        self.progress: Progress | None = None
        self.stopping = False

    def __call__(self, progress: Progress) -> None:
        if self.stopping:
            raise Stopped
        self.progress = progress


def attended(work: Callable[[Watcher], Outcome], look: Callable[[Progress | None], None]) -> Outcome:
    """The outcome of the work. `look` is called once a second in the thread of the caller.

    Whatever `look` raises, or reaches the caller as a signal, ends the work before it goes on.
    """
    watcher, answer = Watcher(), Future()
    thread = threading.Thread(target=_do, args=(work, watcher, answer), daemon=True)
    thread.start()
    try:
        while not wait([answer], timeout=LOOK_SECONDS).done:
            look(watcher.progress)
        return answer.result()
    except BaseException:
        watcher.stopping = True
        thread.join(END_SECONDS)
        raise


def _do(work: Callable[[Watcher], Outcome], watcher: Watcher, answer: Future) -> None:
    try:
        answer.set_result(work(watcher))
    except BaseException as error:
        answer.set_exception(error)
