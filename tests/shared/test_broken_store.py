"""A store that answers a ping and reaches its disk no more: the process says so, and is well again by itself."""

import asyncio
import resource
from pathlib import Path

import pytest

from deploy.launcher.secrets.issuer import Issuer
from deploy.launcher.servers.embedded import EmbeddedMongo
from tests.shared.running import build, running
from tests.support import stores
from tests.support.waiting import eventually

pytestmark = [pytest.mark.store, pytest.mark.broker]


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits another process's files")
async def test_a_process_whose_store_reaches_its_disk_no_more_is_not_ready(
    kafka_bootstrap: str, issuer: Issuer, tmp_path: Path
) -> None:
    program = stores.that_outlives_its_limits(tmp_path)
    with EmbeddedMongo(tmp_path / "store", tmp_path, program=program) as store:
        service = build(kafka_bootstrap, store.url, "t", issuer)
        async with running(service):
            assert (await service.checks())["store"]
            assert store.child is not None
            resource.prlimit(store.child.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
            async with service.client as client:
                answer = await client.post("/cases/case-1")
            assert (answer.status_code, answer.json()["code"]) == (503, "store.unavailable")
            assert not (await service.checks())["store"]
            store.kill()
            await asyncio.to_thread(store.start)
            await eventually(service.ready)
