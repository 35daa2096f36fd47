"""The dead letters of one service by its routes for operators: listed, looked at, replayed, discarded."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, NamedTuple

from deploy.cli.operator import OperatorApi
from deploy.service_client import Refusal
from shared.base.terminal import text

PATH = "/v1/dead-letters"
AT_ONCE = 100
POLL_S = 1.0
FORGED = "forged"  # a letter's reason, as `shared.envelope.event` has it
FORGED_WHY = "forged: its owner did not write it"
PENDING, HANDLED = "replayed", "handled"
RETURNED = "returned"
UNHANDLED = ("failed_again", "skipped")
STATES = ("waiting", PENDING, HANDLED, *UNHANDLED, "given_up")
Letter = dict[str, Any]


class Decided(NamedTuple):
    """Letters as they stand after a decision, and those on which it was refused."""

    items: list[Letter]
    refused: list[Letter]


class Letters:
    """The dead letters of one service."""

    def __init__(self, service: str, api: OperatorApi, sleep: Callable[[float], None] = time.sleep) -> None:
        self.service = service
        self._api = api
        self._sleep = sleep

    def listed(self, state: str = "") -> list[Letter]:
        """Return those in a state, or all, the oldest first. Raises `LauncherError`."""
        return self._api.items(PATH, sort="at", **({"state": state} if state else {}))

    def file(self, letter_id: str) -> Letter | None:
        """Return one with the shape of its record, or None where the service has no such letter."""
        try:
            return self._api.get(f"{PATH}/{letter_id}")
        except Refusal as error:
            if error.status in (404, 422):
                return None
            raise

    def replay(self, letter_ids: Sequence[str]) -> Decided:
        """Have the service handle records again."""
        return self._decide("replay", letter_ids, {})

    def discard(self, letter_ids: Sequence[str], reason: str) -> Decided:
        """Leave records unhandled for good."""
        return self._decide("give-up", letter_ids, {"reason": reason})

    def _decide(self, path: str, letter_ids: Sequence[str], about: dict[str, str]) -> Decided:
        decided = Decided([], [])
        for at in range(0, len(letter_ids), AT_ONCE):
            answer = self._api.post(f"{PATH}/{path}", {"letter_ids": letter_ids[at : at + AT_ONCE]} | about)
            decided.items.extend(answer["items"])
            decided.refused.extend(answer["refused"])
        return decided

    def outcomes(self, replayed: Sequence[Letter], within_s: float) -> dict[str, str]:
        """Wait for what becomes of replayed letters; return the state of each, by its id.

        `replayed` are those without an outcome in this time. A service reports none of work of its own that it gave
        up: `returned`.
        """
        states = {one["letter_id"]: one["state"] for one in replayed}
        own = [one["letter_id"] for one in replayed if one["offset"] < 0 and one["state"] == PENDING]
        sent = [letter_id for letter_id, state in states.items() if state == PENDING and letter_id not in own]
        return states | self._await_outcomes(sent, within_s) | dict.fromkeys(own, RETURNED)

    def _await_outcomes(self, replayed: Collection[str], within_s: float) -> dict[str, str]:
        deadline = time.monotonic() + within_s
        while self._among(replayed, PENDING) and time.monotonic() < deadline:
            self._sleep(POLL_S)
        states = dict.fromkeys(replayed, HANDLED)
        for state in (PENDING, *UNHANDLED):
            states |= dict.fromkeys(self._among(replayed, state), state)
        return states

    def _among(self, letter_ids: Collection[str], state: str) -> set[str]:
        return {one["letter_id"] for one in self.listed(state)} & set(letter_ids) if letter_ids else set()


def is_forged(letter: Letter) -> bool:
    """Return whether its owner did not write the record."""
    return bool(letter["reason"] == FORGED)


def as_line(service: str, letter: Letter) -> str:
    """Return a letter as the list prints it."""
    where = f"{letter['topic']}/{letter['partition']}@{letter['offset']}"
    return (
        f"{letter['at']} {service} {letter['letter_id']} {where} "
        f"{letter['handler']}: {letter['reason']}: {letter['message']}"
    )


def as_file(service: str, letter: Letter) -> Iterator[str]:
    """Return the lines that show one letter: of its record the fields' names, kinds and lengths, never a value."""
    yield f"{service} {letter['letter_id']}"
    facts = {
        text("状态", "state"): state_in_words(letter["state"]),
        text("时间", "at"): letter["at"],
        text("位置", "record"): f"{letter['topic']}/{letter['partition']}@{letter['offset']}, {letter['size']} bytes",
        text("处理者", "handler"): letter["handler"],
        text("原因", "reason"): f"{letter['reason']}: {letter['message']}",
        text("事件类型", "type"): letter["event_type"],
        text("事件编号", "event"): letter["event_id"],
        text("关联编号", "correlation"): letter["correlation_id"],
        text("决定者", "decided by"): f"{letter['decided_by']} {letter['decided_at'] or ''}".strip(),
        text("理由", "why"): letter["why"],
        text("结果时间", "settled at"): letter["settled_at"] or "",
    }
    yield from (f"  {name}: {value}" for name, value in facts.items() if value)
    payload = letter["payload"]
    if payload["problem"]:
        yield "  " + _problem_in_words(payload["problem"])
        return
    yield text("  字段 (只有名称、类型与长度):", "  fields (name, kind and length alone):")
    for field in payload["fields"]:
        size = "" if field["size"] is None else f" {field['size']}"
        needed = text(", 必填", ", required") if field["is_required"] else ""
        yield f"    {field['name']}: {field['kind']}{size}{needed}"
    if payload["others"]:
        yield text(f"    另有合约未列的字段 {payload['others']} 个", f"    {payload['others']} that no contract names")


def state_in_words(state: str) -> str:
    """Return a state in the terminal's language."""
    words = {
        "waiting": text("待决定", "waits for a decision"),
        PENDING: text("已重放, 尚无结果", "replayed, no outcome yet"),
        HANDLED: text("已处理", "handled"),
        RETURNED: text(
            "已交还服务, 这是它自己的工作, 不报告结果",
            "given back to the service: of its own work it reports no outcome",
        ),
        "skipped": text("服务不处理此类事件", "skipped: the service handles no such event"),
        "failed_again": text("再次失败", "dead again"),
        "given_up": text("已放弃", "discarded"),
    }
    return words.get(state, state)


def _problem_in_words(problem: str) -> str:
    words = {
        "not_json": text("内容不是 JSON", "the record's value is no JSON"),
        "no_object": text("内容不是 JSON 对象", "the record's value is no JSON object"),
        "empty": text("内容为空", "the record has no value"),
        "gone": text("总线已不再保存该消息", "the bus keeps the record no longer"),
        "away": text("总线没有应答, 看不到字段", "the bus does not answer, so the fields are not known"),
    }
    return words.get(problem, problem)
