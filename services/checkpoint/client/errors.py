"""What can go wrong at a gate's device or as files are posted; a command line prints each in one line."""

from shared.base.terminal import TerminalError


class ClientError(TerminalError):
    """A condition of the client's that the person at the terminal can act on."""


class BadArgument(ClientError):
    """An argument cannot be what it was given as."""

    exit_code = 2


class NotEnrolled(ClientError):
    """The service did not enrol the device."""


class ScansRefused(ClientError):
    """The service takes no scans from us, whatever they hold: a wrong token, or no checkpoint service at all."""
