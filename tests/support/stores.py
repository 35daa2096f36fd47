"""The stores that tests write to, and what is left in them."""

import os

from shared.mongo import Client

MONGO_URL = "MONGO_URL"


def named() -> str | None:
    """Return the address of the store that the tests were told to use; by default they start one of their own."""
    return os.environ.get(MONGO_URL)


async def forget(client: Client, database: str) -> None:
    """Drop what a test wrote to a store that outlives the tests.

    Not from a store of their own: it takes longer for every write with each index that was dropped, ten times as long
    after nine thousand.
    """
    if named():
        await client.drop_database(database)
