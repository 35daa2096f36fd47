"""Every table that the embedded store will ever need, made before anything is kept in it.

SecantusDB spreads collections over sixteen tables by their names, and makes a table when the first collection needs
it. Killed at that very moment it never starts again ("cannot be used until all column groups are created").
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from deploy.launcher.errors import StoreUnreachable
from shared.store.mongo import PyMongoError, connect

DATABASE, FIRST = "whole", "0"
COLLECTIONS = 18  # so many names, and every one of the sixteen tables has one of them


def make_tables(url: str) -> None:
    """Make an empty collection in each table of the store. Raises `StoreUnreachable`."""
    with ThreadPoolExecutor(1) as apart:  # whoever starts a server may have a loop of their own
        apart.submit(asyncio.run, _make(url)).result()


async def _make(url: str) -> None:
    client = connect(url)
    try:
        for number in range(COLLECTIONS):
            await client[DATABASE].create_collection(str(number))
    except PyMongoError as error:
        raise StoreUnreachable(f"The store could not be made ({error}): see its log, then try again") from None
    finally:
        client.close()
