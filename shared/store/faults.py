"""Faults of the servers around us. They pass: code that meets one tries again, and gives nothing up because of it."""

from aiokafka.errors import KafkaError

from shared.base.errors import NotYet, Unavailable
from shared.store.mongo import PyMongoError, is_passing

# What the store's and the bus's clients raise, for loops that wait for their servers.
SERVER_ERRORS = (PyMongoError, KafkaError, OSError)


def is_fault(error: BaseException) -> bool:
    """Whether the same may succeed later: a server is away, or something has not arrived. Not so for a mistake."""
    if isinstance(error, PyMongoError):
        return is_passing(error)
    return isinstance(error, KafkaError | OSError | NotYet | Unavailable)
