"""What can go wrong on one machine; a command line prints each in one line."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.base.terminal import MISUSE, NOT_RUNNING, TerminalError


class LauncherError(TerminalError):
    """A condition of this machine's city that the user can act on."""


class MissingBinary(LauncherError):
    """A server's program is not installed."""


class PortInUse(LauncherError):
    """Another process uses a requested port."""


class DiskFull(LauncherError):
    """The disk of the data directory is full."""


class DirectoryUnusable(LauncherError):
    """The data directory cannot be created or written."""


class AlreadyRunning(LauncherError):
    """Another launcher holds the data directory."""


class ServerUnreachable(LauncherError):
    """A server, embedded or named, does not answer."""


class StoreUnreachable(ServerUnreachable):
    """The store, embedded or named, does not answer."""


class BuildFailed(LauncherError):
    """A program could not be built on this machine."""


class TopicsDiffer(LauncherError):
    """The bus and the topic file disagree about a topic."""


class ServicesNotReady(LauncherError):
    """A service did not become ready."""


class BadOption(LauncherError):
    """The value of an option is not valid."""

    exit_code = MISUSE


class NotRunning(LauncherError):
    """No launcher runs in the given directory or under the given pid."""

    exit_code = NOT_RUNNING


class Ambiguous(LauncherError):
    """Several launchers run and the user chose none."""

    exit_code = MISUSE


@contextmanager
def explain_bus_errors(bootstrap: str) -> Iterator[None]:
    """Turn errors of a bus client into errors that a user can act on: `ServerUnreachable`, `TopicsDiffer`."""
    from aiokafka.errors import KafkaError  # commands that ask no bus are not to wait for its client

    from shared.bus.kafka import UnknownTopic

    try:
        yield
    except (KafkaError, ConnectionError, TimeoutError) as error:
        raise ServerUnreachable(
            f"The Kafka server at {bootstrap} does not answer ({type(error).__name__}): is it running? Try again"
        ) from None
    except UnknownTopic as error:
        raise TopicsDiffer(f"At {bootstrap} {error}") from None
