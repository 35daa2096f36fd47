"""A load of HTTP posts from a process of its own: `python -m tests.bench.load PLAN`; the result is one line of JSON.

A plan names the address, the requests to send round robin, the connections, the seconds, and, for a latency at a given
load, the rate: then each request has its time, and its latency counts from that time whether or not it could be sent.
"""

import asyncio
import json
import sys
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop

from deploy.rehearsal.connection import Answer, Connection, head_of, request


@dataclass(frozen=True)
class Plan:
    """What to send. `bodies` is a file of requests' bodies, each preceded by its length on a line."""

    port: int
    path: str
    token: str
    bodies: str
    content_type: str = "application/json"
    connections: int = 32
    seconds: float = 5.0
    rate: float | None = None

    def save(self, at: Path) -> Path:
        """Write the plan where the process finds it."""
        at.write_text(json.dumps(asdict(self)))
        return at


@dataclass
class Seen:
    """The statuses and the latencies of answers."""

    statuses: Counter[int]
    latencies: list[float]


class Loading(Connection):
    """Sends one request after the other on a connection."""

    def __init__(self, requests: "Requests", seen: Seen) -> None:
        super().__init__()
        self._requests = requests
        self._seen = seen
        self._began = 0.0
        self.idle = True

    def send(self, due: float | None = None) -> None:
        """Send the next request; its latency counts from `due`."""
        self.idle = False
        self._began = due or time.perf_counter()
        self.write(self._requests.next())

    def on_answer(self, answer: Answer) -> None:
        """Record the answer and continue with the next request."""
        self._seen.statuses[answer.status] += 1
        self._seen.latencies.append(time.perf_counter() - self._began)
        self.idle = True
        self._requests.on_answer(self)


class Requests:
    """The requests of a plan, round robin, at once or at a rate."""

    def __init__(self, plan: Plan) -> None:
        head = head_of(plan.path, plan.token, plan.content_type)
        self._requests = [request(head, body) for body in _bodies(Path(plan.bodies))]
        self._at = 0
        self._until = 0.0
        self._rate = plan.rate
        self._due: deque[float] = deque()
        self._free: deque[Loading] = deque()

    def next(self) -> bytes:
        """Return the next request."""
        self._at = (self._at + 1) % len(self._requests)
        return self._requests[self._at]

    def on_answer(self, connection: Loading) -> None:
        """Send the next request at once, or a due one, or keep the connection free."""
        if self._rate is None:
            if time.perf_counter() < self._until:
                connection.send()
        elif self._due:
            connection.send(self._due.popleft())
        else:
            self._free.append(connection)

    async def run(self, connections: list[Loading], seconds: float) -> None:
        """Send for that many seconds, then wait for what is under way."""
        began = time.perf_counter()
        self._until = began + seconds
        if self._rate is None:
            for connection in connections:
                connection.send()
            await asyncio.sleep(seconds)
        else:
            self._free.extend(connections)
            await self._at_rate(began, self._rate)
        for _ in range(500):
            if all(connection.idle for connection in connections) and not self._due:
                return
            await asyncio.sleep(0.01)

    async def _at_rate(self, began: float, rate: float) -> None:
        sent = 0
        while (now := time.perf_counter()) < self._until:
            while sent < (now - began) * rate:
                due = began + sent / rate
                sent += 1
                if self._free:
                    self._free.popleft().send(due)
                else:
                    self._due.append(due)
            await asyncio.sleep(0.0005)


def _bodies(path: Path) -> list[bytes]:
    bodies, content, at = [], path.read_bytes(), 0
    while at < len(content):
        end = content.index(b"\n", at)
        length = int(content[at:end])
        bodies.append(content[end + 1 : end + 1 + length])
        at = end + 1 + length
    return bodies


def save_bodies(path: Path, bodies: list[bytes]) -> Path:
    """Write bodies as a plan's file holds them."""
    path.write_bytes(b"".join(b"%d\n%b" % (len(body), body) for body in bodies))
    return path


async def load(plan: Plan) -> dict[str, object]:
    """Carry the plan out; return counts by status, the seconds and the latencies' quantiles in milliseconds."""
    seen, requests = Seen(Counter(), []), Requests(plan)
    loop = asyncio.get_running_loop()
    connections = []
    for _ in range(plan.connections):
        _, one = await loop.create_connection(lambda: Loading(requests, seen), "127.0.0.1", plan.port)
        connections.append(one)
    began = time.perf_counter()
    await requests.run(connections, plan.seconds)
    took = time.perf_counter() - began
    ordered = sorted(seen.latencies)
    quantiles = {str(q): 1000 * ordered[min(len(ordered) - 1, int(q * len(ordered)))] for q in (0.5, 0.99, 0.999)}
    return {"statuses": {str(k): v for k, v in seen.statuses.items()}, "seconds": took, "ms": quantiles}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(uvloop.run(load(Plan(**json.loads(Path(sys.argv[1]).read_text()))))))
