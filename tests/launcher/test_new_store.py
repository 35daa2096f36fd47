"""The embedded store is made as a whole before anything is kept in it: a crash never finds half a table."""

from pathlib import Path

import pytest

from deploy.launcher.servers.embedded import EmbeddedMongo
from shared.store.mongo import connect

pytestmark = pytest.mark.store


async def test_a_new_store_has_every_table_that_it_will_need(tmp_path: Path) -> None:
    with EmbeddedMongo(tmp_path / "data", tmp_path) as server:
        tables = {file.name for file in (tmp_path / "data").glob("*.wt")}
        client = connect(server.url)
        for number in range(200):
            await client.city[f"people{number}"].insert_one({"_id": 1})
        client.close()
        assert {file.name for file in (tmp_path / "data").glob("*.wt")} == tables


def test_a_store_that_was_not_finished_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "data.unfinished").mkdir()
    (tmp_path / "data.unfinished" / "WiredTiger.turtle").write_text("half")
    with EmbeddedMongo(tmp_path / "data", tmp_path):
        assert not (tmp_path / "data.unfinished").exists()


def test_a_store_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    server = EmbeddedMongo(tmp_path / "data", tmp_path)
    with server:
        pass
    before = {file.name: file.stat().st_ino for file in (tmp_path / "data").iterdir()}
    server.prepare()
    assert {file.name: file.stat().st_ino for file in (tmp_path / "data").iterdir()} == before
