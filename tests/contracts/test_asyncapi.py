"""Every service's AsyncAPI document names each event it publishes and each it reads."""

import importlib

import pytest

from deploy.services import SERVICES
from tests.conftest import MakeService
from tests.contracts import published


@pytest.mark.parametrize("name", SERVICES)
async def test_the_document_names_all_that_is_published_and_read(service: MakeService, name: str) -> None:
    main, settings = (importlib.import_module(f"services.{name}.{module}") for module in ("main", "settings"))
    made = await service(main.build, settings.Settings)
    async with made.client() as client:
        document = (await client.get("/asyncapi.json")).json()
    said = {name for name, one in document["operations"].items() if one["action"] == "send"}
    read = {name.removesuffix(":read") for name, one in document["operations"].items() if one["action"] == "receive"}
    assert said == {contract.type for contract in main.PUBLISHES}
    assert read == {contract.type for contract in made.parts.reads}
    assert said
    assert read or not made.parts.consumers


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_publishes_only_its_own_events(name: str) -> None:
    publishes = {contract.type for contract in importlib.import_module(f"services.{name}.main").PUBLISHES}
    assert publishes <= {one for one in published() if one.startswith(f"{name}.")}
