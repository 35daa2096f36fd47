"""Prepares this machine for brokers: fetches the jars and stores a class data archive for a faster start.

`python -m deploy.kafka.ready` does it beforehand, so that concurrent processes can start brokers at once.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.kafka.broker import Broker, Node
from deploy.kafka.jars import fetched, jars, java, loaded_classes
from deploy.launcher.errors import LauncherError
from deploy.launcher.processes.child import free_port
from deploy.launcher.servers.topics import create_missing

ENDS_S = 60.0


def make_ready(say: Callable[[str], None]) -> None:
    """Prepare everything that a broker needs; the first time takes a minute or two. Raises `LauncherError`."""
    java()
    if not fetched():
        say("Maven fetches Apache Kafka's jars, once ...")
    if loaded_classes(jars()).exists():
        return
    say("A first broker runs once, so that later ones start in half the time ...")
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryDirectory(dir=jars()) as beside:
        broker = _Remembering(Path(directory), Path(beside) / "classes")
        broker.start()
        try:
            asyncio.run(create_missing(f"127.0.0.1:{broker.port}", within_s=broker.start_s))
        finally:
            broker.stop(ENDS_S)
        if broker.archive.exists():
            broker.archive.rename(loaded_classes(jars()))


class _Remembering(Broker):
    """A broker that writes the archive of its loaded classes when it ends."""

    def __init__(self, directory: Path, archive: Path) -> None:
        port = free_port()
        super().__init__([Node(1, port, free_port([port]))], 0, directory, directory)
        self.archive = archive

    def command(self) -> Sequence[str]:
        program, *rest = super().command()
        return [program, f"-XX:ArchiveClassesAtExit={self.archive}", *rest]


if __name__ == "__main__":
    try:
        make_ready(lambda text: print(text, flush=True))  # noqa: T201 - run by make
    except LauncherError as error:
        sys.exit(f"lastmetre: {error}")
