"""Creates every table of the embedded store before the store holds data.

SecantusDB distributes collections over sixteen tables by their names, and creates a table when the first collection
needs it. If it is killed at that moment, it never starts again ("cannot be used until all column groups are created").
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from deploy.launcher.errors import StoreUnreachable
from shared.store.mongo import PyMongoError, connect

DATABASE, FIRST = "whole", "0"
COLLECTIONS = 18  # with so many names, each of the sixteen tables has a collection


def make_tables(url: str) -> None:
    """Create an empty collection in each table of the store. Raises `StoreUnreachable`."""
    with ThreadPoolExecutor(1) as apart:  # the caller's thread may run an event loop
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
