"""JSON logs with ids and the correlation id; never a body, a name or a phone number."""

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")

# While a broker is away aiokafka says so at each try, twenty times a second in each process.
_ANEW_S = 10.0
_LONGEST_MEMORY = 200

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class _Repeats(logging.Filter):
    """Lets what aiokafka says pass once in `_ANEW_S`; the next line like it says how many were left out since."""

    def __init__(self) -> None:
        super().__init__()
        self._written: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the line is to be written."""
        if not record.name.startswith("aiokafka"):
            return True
        line = record.name, record.getMessage()
        at, left_out = self._written.get(line, (record.created - _ANEW_S, 0))
        if abs(record.created - at) < _ANEW_S:  # a clock may jump back
            self._written[line] = at, left_out + 1
            return False
        self._written.pop(line, None)
        if len(self._written) >= _LONGEST_MEMORY:
            del self._written[next(iter(self._written))]  # the line that was written longest ago
        self._written[line] = record.created, 0
        if left_out:
            record.left_out = left_out
        return True


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

    Not their texts: a driver or a validator quotes its input, and that may be a resident's data.
    """
    errors: list[dict[str, object]] = []
    at: BaseException | None = error
    while at is not None:
        frames = traceback.extract_tb(at.__traceback__)
        errors.append({"type": type(at).__name__, "at": [f"{f.filename}:{f.lineno} {f.name}" for f in frames]})
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return errors


def configure(service: str, level: str) -> None:
    """Send every log line to standard error as one JSON object, and what aiokafka repeats once in ten seconds."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter(service))
    handler.addFilter(_Repeats())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("aiokafka", "httpx", "httpcore", "uvicorn.access", "pymongo", "apprise"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # A member that leaves or loses a race logs errors that are part of every rebalance.
    logging.getLogger("aiokafka.consumer.group_coordinator").setLevel(logging.CRITICAL)
