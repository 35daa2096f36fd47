"""JSON logs: ids and code positions, never what a person wrote."""

import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest

from shared.base.logs import configure, correlation_id
from shared.events.isolation import CaseOpened

Lines = Callable[[], list[dict[str, Any]]]

NAME, PHONE = "王芳", "13800000000"


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Lines:
    """Returns what has been logged, parsed."""
    written = StringIO()
    monkeypatch.setattr("sys.stderr", written)
    configure("supply", "info")
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_service_level_and_correlation_id(lines: Lines) -> None:
    correlation_id.set("c1")
    logging.getLogger("shared.bus.consumer").warning(
        "a partition\nwaits: %s", "away", extra={"topic": "t", "pause_s": 0.5}
    )
    correlation_id.set("")
    logging.getLogger("shared.bus.consumer").info("again")
    first, second = lines()
    assert first["message"] == "a partition\nwaits: away"
    assert (first["service"], first["level"], first["logger"]) == ("supply", "WARNING", "shared.bus.consumer")
    assert (first["correlation_id"], first["topic"], first["pause_s"]) == ("c1", "t", 0.5)
    assert "correlation_id" not in second


def test_an_error_is_logged_by_its_type_and_position_and_not_in_its_own_words(lines: Lines) -> None:
    try:
        try:
            raise KeyError(NAME)
        except KeyError as error:
            raise RuntimeError(f"no such phone: {PHONE}") from error
    except RuntimeError:
        logging.getLogger("test").exception("handler failed")
    (line,) = lines()
    assert [cause["type"] for cause in line["exception"]] == ["RuntimeError", "KeyError"]
    assert "test_logs.py" in line["exception"][0]["at"][0]
    assert NAME not in json.dumps(line, ensure_ascii=False)
    assert PHONE not in json.dumps(line)


def test_a_validator_does_not_quote_what_it_was_given() -> None:
    with pytest.raises(ValueError, match="case_id") as wrong:
        CaseOpened.model_validate({"case_id": {"name": NAME}})
    assert NAME not in str(wrong.value)


def test_chatty_libraries_are_quiet(lines: Lines) -> None:
    logging.getLogger("aiokafka.consumer.group_coordinator").error("Heartbeat failed: someone else")
    logging.getLogger("httpx").info("HTTP Request: GET /?phone=1")
    assert lines() == []


def _cut_off(port: int, at: float) -> None:
    about = {"name": "aiokafka.client", "levelno": logging.ERROR, "levelname": "ERROR", "created": at}
    message = {"msg": "Unable connect to node with id %s", "args": (port,)}
    logging.getLogger("aiokafka.client").handle(logging.makeLogRecord(about | message))


def test_a_bus_that_is_away_is_logged_once_in_ten_seconds_for_each_broker_and_how_often_it_was(lines: Lines) -> None:
    for tenth in range(250):
        _cut_off(1, tenth / 10)
        _cut_off(2, tenth / 10)
    written = [(line["message"], line.get("left_out", 0)) for line in lines()]
    each = ["Unable connect to node with id 1", "Unable connect to node with id 2"]
    assert written == [(message, left_out) for left_out in (0, 99, 99) for message in each]


def test_a_clock_that_jumps_back_silences_nothing_for_longer(lines: Lines) -> None:
    for at in (3600.0, 0.0, 5.0, 10.0):
        _cut_off(1, at)
    assert [line.get("left_out", 0) for line in lines()] == [0, 0, 1]


def test_many_different_lines_are_all_written_and_our_own_as_often_as_they_are_logged(lines: Lines) -> None:
    for number in range(1000):
        _cut_off(number, 0.0)
        logging.getLogger("shared.bus.consumer").warning("waits")
    assert len(lines()) == 2000
