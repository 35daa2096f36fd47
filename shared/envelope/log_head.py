"""What the daily event of a service's log of acts carries; each service publishes it on a topic of its own."""

from datetime import date

from shared.envelope.event import Event


class LogHead(Event):
    """The newest link of a service's log of acts at the beginning of a day of the city: its number and its hash.

    `lastmetre verify-log` proves by it later that the log up to that link is the same.
    """

    day: date
    number: int
    hash: str
