"""Makes this machine ready for brokers: brings the jars, and keeps their classes as a JVM has them once it runs.

`python -m deploy.kafka.ready` does it beforehand, so that processes which start brokers side by side find all there.
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
    """See that all is there to run a broker; the first time takes a minute or two. Raises `LauncherError`."""
    java()
    if not fetched():
        say("Maven brings Apache Kafka's jars, which it does once ...")
    if loaded_classes(jars()).exists():
        return
    say("A first broker is run, so that all later ones start in half the time ...")
    with tempfile.TemporaryDirectory() as place, tempfile.TemporaryDirectory(dir=jars()) as beside:
        broker = _Remembering(Path(place), Path(beside) / "classes")
        broker.start()
        try:
            asyncio.run(create_missing(f"127.0.0.1:{broker.port}", within_s=broker.start_s))
        finally:
            broker.stop(ENDS_S)
        if broker.archive.exists():
            broker.archive.rename(loaded_classes(jars()))


class _Remembering(Broker):
    """A broker that writes down at its end what it has loaded."""

    def __init__(self, place: Path, archive: Path) -> None:
        port = free_port()
        super().__init__([Node(1, port, free_port([port]))], 0, place, place)
        self.archive = archive

    def command(self) -> Sequence[str]:
        program, *rest = super().command()
        return [program, f"-XX:ArchiveClassesAtExit={self.archive}", *rest]


if __name__ == "__main__":
    try:
        make_ready(lambda text: print(text, flush=True))  # noqa: T201 - run by make
    except LauncherError as error:
        sys.exit(f"lastmetre: {error}")
