"""What can go wrong at a gate's device or as files are posted; a command line prints each in one line."""

from shared.base.terminal import BROKEN, MISUSE, TerminalError

Pair = tuple[str, str]  # a sentence in Chinese and in English


class Bilingual(Exception):
    """A condition with a sentence in Chinese and in English, `texts`; as text it is the English one."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.texts = (zh, en)


class ClientError(TerminalError):
    """A condition of the client's that the person at the terminal can act on; `zh` is the sentence in Chinese."""

    def __init__(self, en: str, zh: str = "") -> None:
        super().__init__(en)
        self.texts: Pair = (zh or en, en)


class BadArgument(ClientError):
    """An argument cannot be what it was given as."""

    exit_code = MISUSE


class NotEnrolled(ClientError):
    """The service did not enrol the device."""


class ScansRefused(ClientError):
    """The service takes no scans from us, whatever they hold: a wrong token, or no checkpoint service at all."""


class Unrecorded(ClientError):
    """Scans that the disk did not take: their passages are in no book."""


class Broken(ClientError):
    """A defect of the program."""

    exit_code = BROKEN


class Gone(ClientError):
    """The terminal was lost."""

    exit_code = 129  # as a shell has it of a program that a hang-up ended
