"""The queue before the one writer: whatever waits while the disk is busy shares the next commit."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar, cast

from sovereign.core import clock
from sovereign.core.errors import Unavailable
from sovereign.store.sqlite import Connection, ProgrammingError, Thread, in_our_words

T = TypeVar("T")
Item = TypeVar("Item")
Many = Callable[[Connection, Sequence[Item]], Sequence[T]]
"""Does the same to every item, or to none if it raises. It may be called outside a transaction: what takes
more than one statement begins its own there (`transaction`). Its answers are in the order of the items."""

LARGEST_COMMIT = 256
"""How many waiting transactions one commit may take along."""
LONGEST_QUEUE = 4096
"""How many transactions may wait; the next is refused with Unavailable, and its sender comes again."""
CROWD, CALM = 6, 0.1
"""So many items under way at once are more than a trickle of senders; and they still are for so many seconds
after, as there are fewer for a moment whenever a commit has answered half of them."""
QUIET = 0.5
"""Seconds without an item after which nobody seems to send."""


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
        self._crowded_until = 0.0
        self._last_item_at = 0.0

    @property
    def crowded(self) -> bool:
        return self._items >= CROWD or clock.monotonic() < self._crowded_until

    @property
    def quiet(self) -> bool:
        return not self._items and clock.monotonic() - self._last_item_at > QUIET

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for the transaction that is under way; it may be asked on any thread."""
        return bool(self._queue)

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
        self._last_item_at = clock.monotonic()
        self._add(_Waiting(lambda tx: many(tx, [item])[0], answer, all_alike, item))
        return cast("asyncio.Future[T]", answer)

    def _add(self, waiting: _Waiting) -> None:
        if len(self._queue) >= LONGEST_QUEUE:
            self._items -= waiting.many is not None
            raise Unavailable(f"{len(self._queue)} transactions are waiting for the disk")
        self._queue.append(waiting)
        if not self._busy:
            self._busy = True  # once the loop has come round, so that all that came with it share the commit
            asyncio.get_running_loop().call_soon(self._start)

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            self._writer.submit(partial(self._drain, loop)).add_done_callback(self._drained)
        except Unavailable as closed:
            batch = [*self._queue]
            self._queue.clear()
            for waiting in batch:
                waiting.error = closed
            self._busy = False
            self._settle(batch)

    def _drain(self, loop: asyncio.AbstractEventLoop, connection: Connection) -> None:
        """On the writer's thread."""
        while self._queue:
            batch = [self._queue.popleft() for _ in range(min(len(self._queue), LARGEST_COMMIT))]
            try:
                _commit(connection, batch)
            finally:
                loop.call_soon_threadsafe(self._settle, batch)

    def _drained(self, drained: asyncio.Future[None]) -> None:
        self._busy = bool(self._queue)
        if self._busy:  # it came after the thread had looked for the last time
            self._start()
        drained.result()

    def _settle(self, batch: Sequence[_Waiting]) -> None:
        if self._items >= CROWD:
            self._crowded_until = clock.monotonic() + CALM
        for waiting in batch:
            self._items -= waiting.many is not None
            if waiting.answer.done():  # the caller was cancelled meanwhile
                continue
            if waiting.error is not None:
                waiting.answer.set_exception(waiting.error)
            else:
                waiting.answer.set_result(waiting.result)


def _commit(connection: Connection, batch: Sequence[_Waiting]) -> None:
    if _is_done_at_once(connection, batch):
        return
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


def _is_done_at_once(connection: Connection, batch: Sequence[_Waiting]) -> bool:
    """Do items that nothing else waits with: one statement is a transaction by itself.

    Each statement gives the interpreter away and has to get it back from a busy loop: a BEGIN and a COMMIT
    around it cost a tenth of all deliveries. Where it fails, all of them are tried again in a transaction.
    """
    many = batch[0].many
    if many is None or len(batch) < 2 or any(waiting.many is not many for waiting in batch):
        return False
    with suppress(Exception):
        results = many(connection, [waiting.item for waiting in batch])
        for waiting, result in zip(batch, results, strict=True):
            waiting.result = result
        return True
    return False


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
