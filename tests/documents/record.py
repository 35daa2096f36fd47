"""Writes docs/api/: what each service shows at /openapi.json and /asyncapi.json. `python -m tests.documents.record`."""

import asyncio
import importlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from deploy.launcher.processes.child import ROOT
from deploy.launcher.secrets.keys import Keys
from deploy.services import SERVICES

FOLDER = ROOT / "docs" / "api"


async def documents(directory: Path) -> dict[str, Any]:
    """Return each document by its file's name; no server is needed, since nothing is started."""
    by_file = {}
    for service in SERVICES:
        application = _application(service, directory)
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            for kind in ("openapi", "asyncapi"):
                by_file[f"{service}.{kind}.json"] = (await client.get(f"/{kind}.json")).json()
    return by_file


def _application(service: str, directory: Path) -> Any:
    settings = importlib.import_module(f"services.{service}.settings").Settings
    secrets = Keys(directory).environment_of(service)
    variables = {name.removeprefix("LASTMETRE_").lower(): value for name, value in secrets.items()}
    bus, store, port = "kafka:9092", "mongodb://mongo:27017", SERVICES[service].port
    known = settings(
        kafka_bootstrap=bus, mongo_url=store, issuer="https://issuer", jwks="jwks.json", http_port=port, **variables
    )
    return importlib.import_module(f"services.{service}.main").build(known)


def rendered(document: Any) -> str:
    """Return a document as its file holds it."""
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def recorded() -> Iterator[Path]:
    """Yield the files that are there."""
    yield from sorted(FOLDER.glob("*.json"))


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        for name, document in asyncio.run(documents(Path(made))).items():
            (FOLDER / name).write_text(rendered(document), encoding="utf-8")
