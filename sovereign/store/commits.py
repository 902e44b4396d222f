"""The queue before the one writer: whatever waits while the disk is busy shares the next commit."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar, cast

from sovereign.core.errors import StoreFull, Unavailable
from sovereign.store.sqlite import Connection, OperationalError, ProgrammingError, Thread

T = TypeVar("T")
Item = TypeVar("Item")
Many = Callable[[Connection, Sequence[Item]], Sequence[T]]
"""Does the same to every item; its answers are in the order of the items."""

LARGEST_COMMIT = 256
"""How many waiting transactions one commit may take along."""
LONGEST_QUEUE = 4096
"""How many transactions may wait; the next is refused with Unavailable, and its sender comes again."""
CROWD = 6
"""So many items under way at once are more than a trickle of senders: they come close on each other."""


class _Waiting:
    """A transaction on its way: what to run, what came of it, and the future that the caller awaits.

    `many` is set for an item that can be done together with others of its kind.
    """

    __slots__ = ("answer", "error", "function", "item", "many", "result")

    def __init__(
        self,
        function: Callable[[Connection], object],
        answer: asyncio.Future[object],
        many: Many[object, object] | None = None,
        item: object = None,
    ) -> None:
        self.function, self.answer, self.many, self.item = function, answer, many, item
        self.result: object = None
        self.error: BaseException | None = None


class Commits:
    """Runs what is added on the writer's thread in few commits, and wakes the loop once for each of them.

    The thread goes on by itself while anything waits: waking it for each transaction costs more than most
    transactions do.
    """

    def __init__(self, writer: Thread) -> None:
        self._writer = writer
        self._queue: deque[_Waiting] = deque()
        self._busy = False
        self._items = 0

    @property
    def crowded(self) -> bool:
        return self._items >= CROWD

    def add(self, function: Callable[[Connection], T]) -> asyncio.Future[T]:
        """Raises Unavailable when too much is waiting, or when the store is closed."""
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._add(_Waiting(function, answer))
        return cast("asyncio.Future[T]", answer)

    def add_item(self, many: Many[Item, T], item: Item) -> asyncio.Future[T]:
        """The same for an item that is done in one go with those that `many` is to do at the same time."""
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        all_alike = cast("Many[object, object]", many)
        self._items += 1
        self._add(_Waiting(lambda tx: many(tx, [item])[0], answer, all_alike, item))
        return cast("asyncio.Future[T]", answer)

    def _add(self, waiting: _Waiting) -> None:
        if len(self._queue) >= LONGEST_QUEUE:
            self._items -= waiting.many is not None
            raise Unavailable(f"{len(self._queue)} transactions are waiting for the disk")
        self._queue.append(waiting)
        if not self._busy:
            self._start()

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            self._writer.submit(partial(self._drain, loop)).add_done_callback(self._drained)
        except Unavailable as closed:
            batch = [*self._queue]
            self._queue.clear()
            for waiting in batch:
                waiting.error = closed
            self._settle(batch)
            return
        self._busy = True

    def _drain(self, loop: asyncio.AbstractEventLoop, connection: Connection) -> None:
        """On the writer's thread."""
        while self._queue:
            batch = [self._queue.popleft() for _ in range(min(len(self._queue), LARGEST_COMMIT))]
            try:
                _commit(connection, batch)
            finally:
                loop.call_soon_threadsafe(self._settle, batch)

    def _drained(self, drained: asyncio.Future[None]) -> None:
        self._busy = False
        if self._queue:  # it came after the thread had looked for the last time
            self._start()
        drained.result()

    def _settle(self, batch: Sequence[_Waiting]) -> None:
        for waiting in batch:
            self._items -= waiting.many is not None
            if waiting.answer.done():  # the caller was cancelled meanwhile
                continue
            if waiting.error is not None:
                waiting.answer.set_exception(waiting.error)
            else:
                waiting.answer.set_result(waiting.result)


def _commit(connection: Connection, batch: Sequence[_Waiting]) -> None:
    try:
        connection.execute("BEGIN IMMEDIATE")
        for waiting in _without_items(connection, batch):
            _run_undoable(connection, waiting)
        connection.execute("COMMIT")
    except BaseException as error:
        with suppress(ProgrammingError):  # closed: there is nothing to undo
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        for waiting in batch:
            waiting.error = waiting.error or in_our_words(error)
        if not isinstance(error, Exception):
            raise


def _without_items(connection: Connection, batch: Sequence[_Waiting]) -> Sequence[_Waiting]:
    """Do all items of the commonest kind at once, first; what is left to be run one by one.

    Each statement gives the interpreter away and has to get it back from a busy loop: that, and not the disk,
    is what a savepoint and an insertion for each item would cost.
    """
    kinds = Counter(waiting.many for waiting in batch if waiting.many is not None)
    many = max(kinds, key=kinds.__getitem__, default=None)
    alike = [waiting for waiting in batch if many is not None and waiting.many is many]
    if many is None or len(alike) < 2:
        return batch
    try:
        results = many(connection, [waiting.item for waiting in alike])
    except BaseException:
        if not connection.in_transaction:
            raise
        connection.execute("ROLLBACK")  # nothing else has run yet: each gets its own chance
        connection.execute("BEGIN IMMEDIATE")
        return batch
    for waiting, result in zip(alike, results, strict=True):
        waiting.result = result
    return [waiting for waiting in batch if waiting.many is not many]


def _run_undoable(connection: Connection, waiting: _Waiting) -> None:
    connection.execute("SAVEPOINT one")
    try:
        waiting.result = waiting.function(connection)
    except BaseException as error:
        if not connection.in_transaction:  # a full disk undoes all of it, the others' work included
            raise
        connection.execute("ROLLBACK TO one")
        waiting.error = in_our_words(error)
    connection.execute("RELEASE one")


def in_our_words(error: BaseException) -> BaseException:
    """StoreFull or Unavailable where that is what the driver's error means."""
    if isinstance(error, OperationalError):
        if "full" in str(error):
            return StoreFull(f"the store has no room left: {error}")
        if "locked" in str(error) or "disk I/O" in str(error):
            return Unavailable(f"the store cannot be written: {error}")
    if isinstance(error, ProgrammingError):
        return Unavailable(f"the store is closed: {error}")
    return error
