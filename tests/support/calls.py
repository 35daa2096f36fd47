"""Calls to the store of a worker's tests, in less of the processor's time than Motor takes for them.

Motor hands each call to a thread, and each client of PyMongo has threads and connections of its own. Here the clients
of a worker's tests share one of PyMongo. A call beside which no other is under way, and no other transaction is open,
is made where it stands: nothing could come between it and its answer. Calls that meet have their threads, as all calls
to other stores have.
"""

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from motor.frameworks import asyncio as framework
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import MongoClient
from pymongo.client_session import ClientSession

_in_thread = framework.run_on_executor
_sessions: "WeakSet[ClientSession]" = WeakSet()


class SharedClient(MongoClient[Any]):
    """A client that many close and none ends."""

    under_way = 0  # calls

    def close(self) -> None:
        """Leave the connections to those that come after."""


def share(url: str) -> None:
    """From here on let all clients of this store be one, whose calls are made where they stand."""
    shared: dict[str, SharedClient] = {}

    def delegate(*arguments: Any, **options: Any) -> MongoClient[Any]:
        if arguments != (url,) or "event_listeners" in options:
            return MongoClient(*arguments, **options)
        named = repr(sorted(options.items(), key=lambda option: option[0]))
        if named not in shared:
            shared[named] = SharedClient(*arguments, **options)
        return shared[named]

    AsyncIOMotorClient.__delegate_class__ = staticmethod(delegate)  # type: ignore[attr-defined]
    framework.run_on_executor = _run


def _run(loop: asyncio.AbstractEventLoop, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Make a call, at once or in a thread; return the future of its answer."""
    client = _client_of(arguments)
    if not isinstance(client, SharedClient):
        return _in_thread(loop, call, *arguments, **named)
    client.under_way += 1
    if client.under_way > 1 or _in_other_transaction(arguments, named):
        answer = _in_thread(loop, call, *arguments, **named)
        answer.add_done_callback(lambda _: _end(client))
        return answer
    answer = loop.create_future()
    try:
        result = contextvars.copy_context().run(call, *arguments, **named)
    except Exception as error:
        loop.call_soon(_answer, client, answer, None, error)
    else:
        if isinstance(result, ClientSession):
            _sessions.add(result)
        loop.call_soon(_answer, client, answer, result, None)  # other tasks go on before the caller, as after a thread
    return answer


def _end(client: SharedClient) -> None:
    client.under_way -= 1


def _answer(client: SharedClient, answer: "asyncio.Future[Any]", result: Any, error: Exception | None) -> None:
    _end(client)
    if answer.done():  # its caller was cancelled
        return
    if error is not None:
        answer.set_exception(error)
    else:
        answer.set_result(result)


def _in_other_transaction(arguments: tuple[Any, ...], named: dict[str, Any]) -> bool:
    """Whether a transaction is open that the call takes no part in, and may have to wait for."""
    own = {id(one) for one in (*arguments, *named.values(), getattr(arguments[0], "_session", None))}
    return any(session.in_transaction and id(session) not in own for session in _sessions)


def _client_of(arguments: tuple[Any, ...]) -> Any:
    """Return the client of PyMongo on which a call is made: its first argument, or what that belongs to."""
    on = arguments[0] if arguments else None
    for name in ("_collection", "_database", "_client"):
        on = getattr(on, name, on)
    return on
