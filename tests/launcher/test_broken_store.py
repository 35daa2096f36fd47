"""A store that has met its disk's end runs on and serves nothing: it is known as broken, and started again."""

import resource
from pathlib import Path

import pytest

from deploy.launcher.servers.embedded import EmbeddedMongo
from deploy.launcher.servers.kept import KeptServer
from deploy.launcher.servers.pair import is_broken
from shared.store.mongo import OperationFailure, connect
from tests.support import stores
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.store,
    pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits another process's files"),
]
UNLIMITED = resource.RLIM_INFINITY


async def test_a_store_that_could_not_write_is_started_again_with_all_that_it_acknowledged(tmp_path: Path) -> None:
    lines: list[str] = []
    program = stores.that_outlives_its_limits(tmp_path)
    with EmbeddedMongo(tmp_path / "data", tmp_path, program=program) as server:
        kept = KeptServer(server, broken=lambda: is_broken(server.url))
        client = connect(server.url)
        await client.city.people.insert_one({"_id": "a"})
        await kept.keep(lines.append)
        assert lines == []
        let_it_write(server, 1)
        with pytest.raises(OperationFailure):
            await client.city.people.insert_one({"_id": "b"})
        let_it_write(server, UNLIMITED)
        assert await client.admin.command("ping"), "it answers, as if nothing were wrong"
        assert await is_broken(server.url)

        async def well_again() -> bool:
            await kept.keep(lines.append)
            return not kept.state.startswith(("restarting", "starting"))

        await eventually(well_again)
        assert await client.city.people.find_one({"_id": "a"}) == {"_id": "a"}
        client.close()
    assert lines == ["mongo runs and serves nothing: restarting in 1 s", "mongo is started again"]


async def test_a_store_that_is_away_is_not_called_broken(tmp_path: Path) -> None:
    assert not await is_broken(EmbeddedMongo(tmp_path / "data", tmp_path).url)


def let_it_write(server: EmbeddedMongo, limit: int) -> None:
    """Let the store's files grow to so many bytes: what is beyond fails, as on a full disk."""
    assert server.child is not None
    resource.prlimit(server.child.pid, resource.RLIMIT_FSIZE, (limit, UNLIMITED))
