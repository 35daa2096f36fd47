"""What can go wrong on one machine; a command line prints each in one line."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka.errors import KafkaError

from shared.base.terminal import TerminalError
from shared.bus.kafka import UnknownTopic


class LauncherError(TerminalError):
    """A condition of this machine's city that the person at the terminal can act on."""


class MissingBinary(LauncherError):
    """A server's program is not installed."""


class PortInUse(LauncherError):
    """A port that was asked for, by name, belongs to another process."""


class DiskFull(LauncherError):
    """The data directory cannot take what is about to be written."""


class DirectoryUnusable(LauncherError):
    """The data directory cannot be made or written."""


class AlreadyRunning(LauncherError):
    """Another launcher holds the data directory."""


class ServerUnreachable(LauncherError):
    """A server, embedded or named, does not answer."""


class StoreUnreachable(ServerUnreachable):
    """The store, embedded or named, does not answer."""


class BuildFailed(LauncherError):
    """A program that is built on this machine could not be."""


class TopicsDiffer(LauncherError):
    """The bus holds a topic in another shape than the topic file says."""


class ServicesNotReady(LauncherError):
    """A service did not become ready."""


class BadOption(LauncherError):
    """An option cannot be what it was given as."""

    exit_code = 2


class NotRunning(LauncherError):
    """No launcher runs where one was looked for."""

    exit_code = 3


class Ambiguous(LauncherError):
    """Several launchers run and none was chosen."""


@contextmanager
def told_of_bus(bootstrap: str) -> Iterator[None]:
    """Turn what a client of the bus raises into what a person can act on: `ServerUnreachable`, `TopicsDiffer`."""
    try:
        yield
    except (KafkaError, ConnectionError, TimeoutError) as error:
        raise ServerUnreachable(
            f"The Kafka server at {bootstrap} does not answer ({type(error).__name__}): is it running? Try again"
        ) from None
    except UnknownTopic as error:
        raise TopicsDiffer(f"At {bootstrap} {error}") from None
