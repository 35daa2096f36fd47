"""What a scanner, a keyboard or a file hands over, a line a person: what was shown, and the temperature."""

from services.checkpoint.domain.reading import UNREAD_TEXTS, Line, Unread, read

__all__ = ["Line", "Unreadable", "recognised"]


class Unreadable(ValueError):
    """A line that is no scan; its text says what to do, `texts` in Chinese and in English."""

    def __init__(self, problem: Unread) -> None:
        self.problem = problem
        self.texts = UNREAD_TEXTS[problem]
        super().__init__(self.texts[1])


def recognised(text: str) -> Line:
    """Return what a line holds. Raises `Unreadable` for a line that holds neither a credential nor a temperature.

    A temperature beside a credential that is not read is a scan, so that no fever is lost; its `problem` says why.
    """
    line = read(text)
    if line.problem and line.temperature_c is None:
        raise Unreadable(line.problem)
    return line
