"""Each file is read in a process of its own, which a host forks; a host that ends takes no file with it (ADR 28)."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.registration.rosters.answers import rows_of
from services.registration.rosters.apart import ReaderHost
from tests.registration.office import person, text
from tests.support.waiting import eventually

SMALL = text([person(1)])
LONG = text([[*person(n), "备注" * 500] for n in range(1, 3_000)])
COSTLY = b"ab," * (6 << 20)  # more cells than the memory of a child holds
OWN = {"0", "1", "2", "3"}  # the file, the answer, nothing, and what closes when the child ends
SERVICE = """
import sys
from services.registration.rosters.answers import rows_of
from services.registration.rosters.apart import ReaderHost
host = ReaderHost()
host.read(b"a,b")
print(host.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def host() -> Iterator[ReaderHost]:
    """A reader host that has started."""
    started = ReaderHost()
    assert rows(started, SMALL) == 2
    yield started
    started.close()


def rows(host: ReaderHost, content: bytes) -> int | None:
    """Read a file; return its number of rows, or None for a file that ended its process."""
    answer = host.read(content)
    return None if answer is None else len(list(rows_of(answer, 0, 0)))


def pid(host: ReaderHost) -> int:
    assert host.pid is not None
    return host.pid


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(host: ReaderHost) -> list[int]:
    return [int(n) for n in Path(f"/proc/{pid(host)}/task/{pid(host)}/children").read_text().split()]


async def stop_children(host: ReaderHost, number: int) -> list[int]:
    """Stop children as soon as they hold their own file descriptors alone; return them when there are so many."""
    stopped: set[int] = set()

    def stop() -> bool:
        for child in children(host):
            if set(os.listdir(f"/proc/{child}/fd")) <= OWN:
                os.kill(child, signal.SIGSTOP)
                stopped.add(child)
        return len(stopped) == number

    await eventually(stop, poll=0.001)
    return list(stopped)


def test_one_host_forks_the_children_of_all_files(host: ReaderHost) -> None:
    first = pid(host)
    assert [rows(host, SMALL) for _ in range(20)] == [2] * 20
    assert pid(host) == first
    assert not children(host)


def test_a_file_is_read_though_the_host_was_killed_before_it(host: ReaderHost) -> None:
    first = pid(host)
    os.kill(first, signal.SIGKILL)
    assert rows(host, SMALL) == 2
    assert pid(host) != first


async def test_a_file_is_read_though_the_host_is_killed_meanwhile(host: ReaderHost) -> None:
    first = pid(host)
    reading = asyncio.create_task(asyncio.to_thread(rows, host, LONG))
    child = (await stop_children(host, 1))[0]
    os.kill(first, signal.SIGKILL)
    os.kill(child, signal.SIGCONT)
    assert await reading == 3_000
    assert pid(host) != first


def test_a_file_is_read_though_the_host_hangs() -> None:
    host = ReaderHost(patience_s=5)
    try:
        assert rows(host, SMALL) == 2
        first = pid(host)
        os.kill(first, signal.SIGSTOP)
        assert rows(host, SMALL) == 2
        assert not is_alive(first)
    finally:
        host.close()


async def test_a_costly_file_ends_its_own_process_and_no_other(host: ReaderHost) -> None:
    first = pid(host)
    read = [asyncio.to_thread(rows, host, content) for content in (COSTLY, LONG, SMALL)]
    assert await asyncio.gather(*read) == [None, 3_000, 2]
    assert rows(host, SMALL) == 2
    assert pid(host) != first  # the memory of the next children is laid out anew
    await eventually(lambda: not is_alive(first))


async def test_a_child_holds_no_file_of_the_host_or_of_another_child(host: ReaderHost) -> None:
    reading = [asyncio.create_task(asyncio.to_thread(rows, host, LONG)) for _ in range(2)]

    for child in await stop_children(host, 2):
        os.kill(child, signal.SIGCONT)
    assert await asyncio.gather(*reading) == [3_000, 3_000]


def test_the_host_receives_no_secret_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LASTMETRE_SEAL_KEY", "secret")
    host = ReaderHost()
    try:
        assert rows(host, SMALL) == 2
        environment = Path(f"/proc/{host.pid}/environ").read_bytes()
        assert b"PATH=" in environment
        assert b"LASTMETRE" not in environment
    finally:
        host.close()


async def test_the_host_ends_with_the_service() -> None:
    command = (sys.executable, "-c", SERVICE)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as service:
        assert service.stdout
        started = int(service.stdout.readline())
        assert is_alive(started)
        service.kill()
    await eventually(lambda: not is_alive(started))
