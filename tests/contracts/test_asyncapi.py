"""Every service's AsyncAPI document names each event it publishes and each it reads."""

import importlib

import pytest

from deploy.services import SERVICES
from shared.envelope.event import contracts_of
from tests.conftest import MakeService


@pytest.mark.parametrize("name", SERVICES)
async def test_the_document_names_all_that_is_published_and_read(service: MakeService, name: str) -> None:
    main, settings = (importlib.import_module(f"services.{name}.{module}") for module in ("main", "settings"))
    made = await service(main.build, settings.Settings)
    async with made.client() as client:
        document = (await client.get("/asyncapi.json")).json()
    sent = {name for name, one in document["operations"].items() if one["action"] == "send"}
    read = {name.removesuffix(":read") for name, one in document["operations"].items() if one["action"] == "receive"}
    assert sent == {contract.type for contract in contracts_of(name) if not contract.retired}
    assert read == {contract.type for contract in made.parts.reads}
    assert sent or not contracts_of(name)
    assert read or not made.parts.consumers
