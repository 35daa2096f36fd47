"""Connections that take what others need before they have shown a token: idle, slow, endless, or not reading."""

import asyncio
import json
from contextlib import suppress
from dataclasses import replace

import httpx
import pytest

from deploy.launcher.secrets.issuer import Issuer
from shared.web import slots
from shared.web.sockets import SocketLimits
from tests.security.serving import Served, serving

HEAD = b"POST /v1/cases HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
SHORT = SocketLimits(head_s=1.0, body_s=1.0, answer_s=1.0, slowest_bytes_s=1 << 20)
LIMIT = SocketLimits().head_bytes


async def rest(reader: asyncio.StreamReader) -> bytes:
    """Return what a connection still brings, until the service ends it or cuts off a caller that still sends."""
    received = b""
    with suppress(ConnectionResetError):
        while part := await asyncio.wait_for(reader.read(1 << 16), 15):
            received += part
    return received


async def answers(served: Served) -> int:
    """Return how a caller with a token is answered."""
    async with served.client as client:
        return (await client.get("/v1/cases")).status_code


async def test_sockets_without_a_token_take_no_slot_and_are_answered_before_their_body(issuer: Issuer) -> None:
    async with serving(issuer) as served:
        idle = [await served.connect(HEAD + b"Content-Length: 5000\r\n\r\n{") for _ in range(slots.SLOTS + 2)]
        for reader, _ in idle:
            assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"HTTP/1.1 401 ")
        assert await answers(served) == 200
        assert "order" not in served.reached


async def test_bodies_that_a_token_announces_and_never_sends_take_no_slot(issuer: Issuer) -> None:
    async with serving(issuer) as served:
        known = HEAD + f"Authorization: Bearer {served.token}\r\nContent-Length: 5000\r\n\r\n{{".encode()
        idle = [await served.connect(known) for _ in range(slots.SLOTS + 2)]
        assert await answers(served) == 200
        for _, writer in idle:
            writer.close()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"", b"", id="nothing"),
        pytest.param(HEAD, b"HTTP/1.1 408 ", id="half a head"),
        pytest.param(HEAD + b"Content-Length: 9\r\n\r\n{", b"HTTP/1.1 401 ", id="half a body without a token"),
        pytest.param(HEAD + b"%sContent-Length: 9\r\n\r\n{", b"HTTP/1.1 408 ", id="half a body"),
        pytest.param(HEAD + b"%sTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", b"HTTP/1.1 408 ", id="half of chunks"),
    ],
)
async def test_what_never_arrives_whole_ends_in_time(issuer: Issuer, sent: bytes, status: bytes) -> None:
    async with serving(issuer, SHORT) as served:
        token = f"Authorization: Bearer {served.token}\r\n".encode()
        reader, _ = await served.connect(sent.replace(b"%s", token))
        answer = await rest(reader)
        assert answer.startswith(status)
        assert (b"cache-control: no-store" in answer) is bool(status)


@pytest.mark.parametrize("in_body", [False, True], ids=["head", "body"])
async def test_a_byte_now_and_then_gives_a_request_no_more_time(issuer: Issuer, in_body: bool) -> None:
    async with serving(issuer, SHORT) as served:
        body = f"Authorization: Bearer {served.token}\r\nContent-Length: 5000\r\n\r\n".encode()
        reader, writer = await served.connect(HEAD + body if in_body else HEAD)
        answer = asyncio.create_task(rest(reader))
        while not answer.done():
            writer.write(b"x")
            await asyncio.wait([answer], timeout=0.05)
        assert answer.result().startswith(b"HTTP/1.1 408 ")


async def test_headers_beyond_the_limit_are_refused_before_they_are_kept(issuer: Issuer) -> None:
    async with serving(issuer) as served:
        one, many = b"X-One: " + b"x" * LIMIT, b"".join(b"X-%d: 1\r\n" % n for n in range(LIMIT // 8))
        for headers in (one, many):
            reader, writer = await served.connect(HEAD + headers)
            assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"HTTP/1.1 431 ")
            writer.close()
        fits = b"X-One: " + b"x" * (LIMIT - len(HEAD) - 100)
        reader, writer = await served.connect(HEAD + fits + b"\r\n\r\n")
        assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"HTTP/1.1 401 ")
        writer.close()


@pytest.mark.parametrize("after", [b"0\r\nX-Trailer: ", b"1;extension="], ids=["trailers", "extensions of a chunk"])
async def test_what_stands_beside_a_body_has_the_limit_of_headers(issuer: Issuer, after: bytes) -> None:
    async with serving(issuer) as served:
        token = f"Authorization: Bearer {served.token}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        reader, writer = await served.connect(HEAD + token + b"2\r\n{}\r\n" + after + b"x" * 3 * LIMIT)
        assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"HTTP/1.1 431 ")
        writer.close()


LARGE = 16 * LIMIT
REFUSED = {
    "a head": (HEAD + b"X-One: " + b"x" * LARGE, b"HTTP/1.1 431 "),
    "a body after the answer": (
        HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % LARGE + b"x" * LARGE,
        b"401 ",
    ),
    "no request": (b"no http at all\r\n\r\n" + b"x" * LARGE, b"HTTP/1.1 400 "),
}


@pytest.mark.parametrize("which", REFUSED)
async def test_a_caller_who_reads_only_after_all_is_sent_gets_the_whole_refusal(issuer: Issuer, which: str) -> None:
    sent, status = REFUSED[which]
    async with serving(issuer) as served:
        reader, writer = await served.connect()
        for at in range(0, len(sent), LIMIT // 4):
            writer.write(sent[at : at + LIMIT // 4])
            await writer.drain()
            await asyncio.sleep(0)  # the service reads and answers between the parts
        writer.write_eof()
        answer = b""
        while part := await asyncio.wait_for(reader.read(1 << 16), 5):
            answer += part
        head, _, body = answer.partition(b"\r\n\r\n")
        assert status in head.splitlines()[0] + b" "
        assert json.loads(body)["detail_zh"]


@pytest.mark.parametrize("limits", [replace(SHORT, linger_s=0.2), replace(SHORT, linger_bytes=LIMIT, linger_s=60.0)])
async def test_a_caller_who_sends_on_and_on_after_a_refusal_is_cut_off(issuer: Issuer, limits: SocketLimits) -> None:
    async with serving(issuer, limits) as served:
        _, writer = await served.connect(b"no http at all\r\n\r\n")

        async def send_on() -> None:
            while True:
                writer.write(b"x" * 1_000)
                await writer.drain()
                await asyncio.sleep(0.01)

        with pytest.raises(ConnectionError):
            await send_on()
        while served.server.server_state.connections:
            await asyncio.sleep(0.01)


async def test_a_flood_of_requests_in_one_piece_is_ended(issuer: Issuer) -> None:
    async with serving(issuer) as served:
        reader, _ = await served.connect(b"GET /v1/cases HTTP/1.1\r\nHost: x\r\n\r\n" * 1_000)
        assert (await rest(reader)).count(b"HTTP/1.1 401 ") < 100


async def test_callers_who_do_not_read_their_answers_take_no_slot_and_are_ended(issuer: Issuer) -> None:
    async with serving(issuer, replace(SHORT, slowest_bytes_s=1 << 26)) as served:
        deaf = [await served.connect(b"GET /open HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(slots.OPEN_SLOTS + 2)]
        while served.reached.count("open") < len(deaf):  # as many as there are slots, and two
            await asyncio.sleep(0.01)
        while served.server.server_state.connections:
            await asyncio.sleep(0.05)


async def test_a_caller_in_time_is_served_over_one_connection(issuer: Issuer) -> None:
    async with serving(issuer, SHORT) as served, served.client as client:
        served.go_on.set()
        for _ in range(2):
            assert (await client.post("/v1/cases", json={"a": 1})).json() == "1"
        assert len(served.server.server_state.connections) == 1


async def test_metrics_have_a_port_of_their_own(issuer: Issuer) -> None:
    async with serving(issuer) as served, httpx.AsyncClient(trust_env=False) as client:
        assert await answers(served) == 200
        own = await client.get(f"http://127.0.0.1:{served.metrics_port}/metrics")
        assert (own.status_code, own.headers["cache-control"]) == (200, "no-store")
        assert "lastmetre_http_requests_total" in own.text
        assert (await client.get(f"http://127.0.0.1:{served.port}/metrics")).status_code == 404
        assert (await client.get(f"http://127.0.0.1:{served.metrics_port}/v1/cases")).status_code == 404
