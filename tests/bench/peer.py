"""What one writes first: a FastAPI body model and a FastStream publish. `python -m tests.bench.peer PORT KAFKA`."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import uvicorn
from fastapi import FastAPI
from faststream.kafka import KafkaBroker
from pydantic import BaseModel

from shared.events.checkpoint import PASSAGES, CredentialKind, Direction


class Credential(BaseModel):
    """What was shown."""

    kind: CredentialKind
    value: str


class Scan(BaseModel):
    """A scan as posted."""

    scan_id: str
    gate_id: str
    seq: int
    at: datetime
    direction: Direction
    credential: Credential
    temperature_c: float | None = None
    mask: bool | None = None


def application(bootstrap: str) -> FastAPI:
    """Return the application."""
    broker = KafkaBroker(bootstrap, acks="all", linger_ms=2)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with broker:
            await broker.start()
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/v1/scans")
    async def post_scan(scan: Scan) -> dict[str, str]:
        await broker.publish(scan, PASSAGES, key=scan.scan_id.encode())
        return {"scan_id": scan.scan_id, "verdict": "allow"}

    return app


if __name__ == "__main__":
    uvicorn.run(application(sys.argv[2]), port=int(sys.argv[1]), access_log=False, log_level="warning")
