"""What can go wrong on one machine; `deploy.cli.main` alone renders these, each as one line."""


class LauncherError(Exception):
    """A condition the person at the terminal can act on; its text is one sentence that says how."""

    exit_code = 1


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
