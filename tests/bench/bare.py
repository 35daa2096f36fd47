"""The least one can write: an ASGI route that appends each body to Kafka. `python -m tests.bench.bare PORT KAFKA`."""

import sys
from typing import Any

import uvicorn
from aiokafka import AIOKafkaProducer

from shared.bus.consumer import producer
from shared.events.checkpoint import PASSAGES


class Bare:
    """One route, no rules."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._producer: AIOKafkaProducer | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Append the body with acks=all and answer."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        body = b""
        while True:
            message = await receive()
            body += message["body"]
            if not message.get("more_body"):
                break
        if body:
            assert self._producer is not None
            await (await self._producer.send(PASSAGES, body, key=body[12:48]))
        answer = b'{"verdict":"allow"}'
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        self._producer = producer(self._bootstrap)
        await self._producer.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._producer.stop()
        await send({"type": "lifespan.shutdown.complete"})


if __name__ == "__main__":
    uvicorn.run(Bare(sys.argv[2]), port=int(sys.argv[1]), access_log=False, log_level="warning")
