"""The stores of the tests.

TEST_STORE selects the program of embedded stores, `fast` or `python`; by default the fast one if it is built.
"""

import os
from dataclasses import replace
from pathlib import Path

from deploy.launcher.servers.store_server import FAST, VARIABLE, StoreServer, chosen_server, fast_server
from shared.store.act_log import log_of
from shared.store.mongo import Client

MONGO_URL = "MONGO_URL"
TEST_STORE = "TEST_STORE"


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


async def forget(client: Client, database: str) -> None:
    """Drop what a test wrote to a store that outlives the tests.

    Not from a store of their own: it takes longer for every write with each index that was dropped, ten times as long
    after nine thousand.
    """
    if named():
        await client.drop_database(database)
        await client.drop_database(log_of(client[database]).name)
