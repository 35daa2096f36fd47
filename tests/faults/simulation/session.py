"""Sessions with one transaction at a time, as Motor has them."""

import asyncio
from collections.abc import Callable
from functools import partial

from pymongo.errors import ConnectionFailure, OperationFailure

from tests.faults.simulation.store import UNKNOWN_COMMIT, Store, Transaction, broken, labelled
from tests.faults.simulation.wire import Wire

TRANSACTION_S = 4.0  # a server's own limit is a minute; shorter here, so that it is met


class Session:
    """A session, with one transaction at a time."""

    def __init__(self, store: Store, wire: Wire) -> None:
        self._store, self._wire = store, wire
        self._transaction: Transaction | None = None
        self.in_transaction = False

    def start_transaction(self) -> None:
        """Begin a transaction; the server hears of it with the first command."""
        self.in_transaction, self._transaction = True, None

    def transaction(self) -> Transaction:
        """Return the transaction, as the server has it."""
        if self._transaction is None:
            self._transaction = self._store.begin(asyncio.get_running_loop().time() + TRANSACTION_S)
        return self._transaction

    async def commit_transaction(self) -> None:
        """Commit; what ends unknown may be committed again."""
        self.in_transaction = False
        if self._transaction is None:
            return
        commit = partial(self._store.commit, self._transaction)
        await self._wire.ask("commit", _whole(commit), lambda fate: labelled(broken(fate), UNKNOWN_COMMIT))

    async def abort_transaction(self) -> None:
        """Abort; the driver says nothing of one that does not arrive."""
        self.in_transaction = False
        if self._transaction is not None:
            abort = partial(self._store.abort, self._transaction)
            try:
                await self._wire.ask("abort", _whole(abort), broken)
            except (ConnectionFailure, OperationFailure):
                self._wire.tell("an abort did not arrive")

    async def end_session(self) -> None:
        """End it; an open transaction is aborted."""
        self._wire.check()
        if self.in_transaction:
            await self.abort_transaction()


def _whole(effect: Callable[[], None]) -> Callable[[float], None]:
    return lambda share: effect() if share > 0.5 else None
