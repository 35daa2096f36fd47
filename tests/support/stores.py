"""The stores of the tests.

TEST_STORE selects the program of embedded stores, `fast` or `python`; by default the fast one if it is built.
"""

import os
import socket
import struct
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path

import bson
from pymongo import MongoClient

from deploy.launcher.servers.store_server import FAST, VARIABLE, StoreServer, chosen_server, fast_server
from shared.store.act_log import ACTS, HEADS, LINKS, WAITING, log_of
from shared.store.mongo import Client, Document, IndexModel

MONGO_URL = "MONGO_URL"
TEST_STORE = "TEST_STORE"
_HEADER, _OP_MSG = struct.Struct("<iiii"), 2013  # of a message of MongoDB: its length, two ids, what it is


def choose() -> StoreServer:
    """Return the program that serves every embedded store of this run, and let child processes use the same one.

    Raises `MissingBinary` where the one that TEST_STORE names is absent, `BadOption` where it names none.
    """
    if kind := os.environ.get(TEST_STORE):
        os.environ[VARIABLE] = kind
    chosen = chosen_server()
    os.environ[VARIABLE] = chosen.kind
    return chosen


def fast() -> StoreServer | None:
    """Return the fast server where it is built and runs, None elsewhere."""
    server = fast_server()
    return server if server is not None and server.runs() else None


def that_outlives_its_limits(directory: Path) -> StoreServer:
    """Return this run's server; a file size limit is an error for it, as on a full disk, and does not end it."""
    server = chosen_server()
    script = directory / server.name
    script.write_text(f"#!/bin/sh\ntrap '' XFSZ\nexec '{server.program}' \"$@\"\n")
    script.chmod(0o700)
    return replace(server, program=script)


def is_fast() -> bool:
    """Whether the fast server serves the embedded stores of this run."""
    return os.environ.get(VARIABLE) == FAST


def named() -> str | None:
    """Return the address of `MONGO_URL`, or None: then the tests start a store."""
    return os.environ.get(MONGO_URL)


@cache
def _client(url: str) -> MongoClient[Document]:
    """Return a client that blocks: a call takes a third of the processor's time of one of the service's client."""
    return MongoClient(url, tz_aware=True)


def is_empty(database: str, url: str) -> bool:
    """Whether a database has no collection."""
    return not _client(url)[database].list_collection_names()


def fill(database: str, url: str, indexes: Mapping[str, Sequence[IndexModel]]) -> None:
    """Make the indexes of an empty database, and the collections of its log of acts."""
    made = [
        {"createIndexes": name, "indexes": [model.document for model in models], "$db": database}
        for name, models in indexes.items()
    ]
    made += [{"create": WAITING, "$db": database}]
    made += [{"create": collection, "$db": _log(database)} for collection in (ACTS, LINKS, HEADS)]
    _command_all(url, made)


def _command_all(url: str, commands: Sequence[Document]) -> None:
    """Send commands together and read their answers: one by one they take PyMongo as long as the store."""
    if named():  # it may want to know who sends them
        for command in commands:
            of = {name: value for name, value in command.items() if name != "$db"}
            _client(url)[command["$db"]].command(of)
        return
    bodies = [b"\0\0\0\0\0" + bson.encode(command) for command in commands]
    sent = b"".join(_HEADER.pack(_HEADER.size + len(body), 0, 0, _OP_MSG) + body for body in bodies)
    connection = _connection(url)
    connection.sendall(sent)
    with connection.makefile("rb") as answers:
        for command in commands:
            length, *_ = _HEADER.unpack(answers.read(_HEADER.size))
            answer = bson.decode(answers.read(length - _HEADER.size)[5:])
            assert answer["ok"] == 1, f"{answer} to {command}"


@cache
def _connection(url: str) -> socket.socket:
    host, port = _client(url).address or ("", 0)
    return socket.create_connection((host, port))


class Copied:
    """The documents of a service's database, kept in this process and written to the databases of later tests."""

    def __init__(self, database: str, url: str) -> None:
        """Read all documents."""
        self._documents = {
            (name, collection): list(_client(url)[owner][collection].find())
            for name, owner in (("", database), ("log", _log(database)))
            for collection in _client(url)[owner].list_collection_names()
        }

    def write(self, database: str, url: str) -> None:
        """Write the documents to a database that has indexes and no documents."""
        for (name, collection), documents in self._documents.items():
            if documents:
                owner = _log(database) if name else database
                _client(url)[owner][collection].insert_many(deepcopy(documents))


def _log(database: str) -> str:
    return f"{database}_log"


async def forget(client: Client, database: str) -> None:
    """Drop what a test wrote to a store that outlives the tests.

    Not from a store of their own: it takes longer for every write with each index that was dropped, ten times as long
    after nine thousand.
    """
    if named():
        await client.drop_database(database)
        await client.drop_database(log_of(client[database]).name)
