"""JSON logs with ids and the correlation id; never a body, a name or a phone number."""

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class _JsonFormatter(logging.Formatter):
    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if correlation := correlation_id.get():
            entry["correlation_id"] = correlation
        entry |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info and record.exc_info[1]:
            entry["exception"] = _where(record.exc_info[1])
        return json.dumps(entry, ensure_ascii=False, default=str)


def _where(error: BaseException) -> list[dict[str, object]]:
    """Return the types of an error and its causes, and where they were raised, innermost last.

    Not their texts: a driver or a validator quotes what it was given, and that may be anybody's data.
    """
    found: list[dict[str, object]] = []
    at: BaseException | None = error
    while at is not None:
        frames = traceback.extract_tb(at.__traceback__)
        found.append({"type": type(at).__name__, "at": [f"{f.filename}:{f.lineno} {f.name}" for f in frames]})
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return found


def configure(service: str, level: str) -> None:
    """Send every log line to standard error as one JSON object."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter(service))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("aiokafka", "httpx", "httpcore", "uvicorn.access", "pymongo", "apprise"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # A member that leaves or loses a race logs errors that are part of every rebalance.
    logging.getLogger("aiokafka.consumer.group_coordinator").setLevel(logging.CRITICAL)
