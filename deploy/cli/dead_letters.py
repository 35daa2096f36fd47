"""`lastmetre dead-letters`: list, show, replay or discard records that services refused or could not decode.

The services do it by their own APIs, as for the console: each decision is in the log of acts. With `--kafka` the bus is
asked itself, for a service whose API does not answer; the services see on the bus what was replayed.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence

from deploy.cli import letter_options as options
from deploy.cli.chosen import chosen, print_json
from deploy.cli.letters import (
    FORGED,
    FORGED_WHY,
    HANDLED,
    PENDING,
    RETURNED,
    Decided,
    Letter,
    Letters,
    as_file,
    as_line,
    is_forged,
    state_in_words,
)
from deploy.cli.operator import TOKEN, OperatorApi
from deploy.launcher.errors import BadOption, explain_bus_errors
from deploy.launcher.service import COMMANDS
from shared.base.commands import Given, Group
from shared.base.terminal import DONE, NEGATIVE, UNDECIDED, text

SUBJECT = "lastmetre-dead-letters"
SHORTEST, LONGEST = 4, 300  # characters of a reason, as the API takes it


def command() -> Group:
    """Describe the command and its actions."""
    return options.group(print_list, show, replay, discard)


def print_list(args: Given) -> int:
    """Print the letters in a state; return 1 where some wait. Raises `LauncherError`."""
    if args.kafka:
        with explain_bus_errors(args.kafka):
            return NEGATIVE if asyncio.run(_list_on_bus(args)) else DONE
    rows = [
        (letters.service, one)
        for letters in _services(args)
        for one in letters.listed("" if args.state == "all" else args.state)
    ]
    waiting = sum(one["state"] == "waiting" for _, one in rows)
    if args.json:
        print_json([{"service": service} | one for service, one in rows])
    else:
        for service, letter in rows:
            print(as_line(service, letter))
        if args.state in ("all", "waiting"):
            print(_count(waiting))
    return NEGATIVE if waiting else DONE


def _count(waiting: int) -> str:
    if not waiting:
        return text("没有待处理的死信", "no dead letters wait")
    return text(f"{waiting} 条死信待处理", f"{waiting} dead letters wait")


def show(args: Given) -> int:
    """Print one letter, without a value of its record. Raises `BadOption`, `LauncherError`."""
    service, letter = _one(args, args.letter_id)
    if args.json:
        return print_json([{"service": service.service} | letter])
    print("\n".join(as_file(service.service, letter)))
    return DONE


def replay(args: Given) -> int:
    """Replay letters and wait for what becomes of them; return 1 where some are dead again, 5 without an outcome."""
    if bool(args.letter_id) == args.all:
        raise BadOption(text("请写死信编号, 或写 --all", "Name letters by their ids, or all that wait with --all"))
    if args.kafka:
        return _replay_on_bus(args)
    code = DONE
    for letters, chosen_letters in _grouped(args):
        dropped = [one for one in chosen_letters if args.drop_forged and is_forged(one)]
        rest = [one for one in chosen_letters if one not in dropped]
        refused = _discard(letters, dropped, FORGED_WHY) if dropped else 0
        decided = letters.replay(_ids(rest)) if rest else Decided([], [])
        _print_refused(decided)
        states = letters.outcomes(decided.items, args.wait)
        if rest:
            _print_outcome(letters.service, states)
        open_states = {PENDING, RETURNED} & set(states.values())
        unhandled = set(states.values()) - {HANDLED, PENDING, RETURNED}
        code = NEGATIVE if refused or decided.refused or unhandled else code
        code = UNDECIDED if code == DONE and open_states else code
    return code


def _print_outcome(service: str, states: dict[str, str]) -> None:
    handled = sum(state == HANDLED for state in states.values())
    print(
        f"{service}: "
        + text(f"重放 {len(states)} 条, 已处理 {handled} 条", f"{len(states)} replayed, {handled} handled")
    )
    for letter_id, state in states.items():
        if state != HANDLED:
            print(f"  {letter_id}: {state_in_words(state)}")


def discard(args: Given) -> int:
    """Give letters up for a reason, which stands in the log of acts; return 1 where some were refused."""
    if not SHORTEST <= len(args.reason.strip()) <= LONGEST:
        raise BadOption(
            text(
                f"--reason 应为 {SHORTEST} 到 {LONGEST} 个字符, 它会记入操作日志",
                f"--reason takes {SHORTEST} to {LONGEST} characters: it stands in the log of acts",
            )
        )
    refused = sum(_discard(letters, rows, args.reason) for letters, rows in _grouped(args))
    return NEGATIVE if refused else DONE


def _discard(letters: Letters, rows: Sequence[Letter], reason: str) -> int:
    """Give letters up; print how many, and return how many were refused."""
    decided = letters.discard(_ids(rows), reason)
    print(f"{letters.service}: " + text(f"放弃 {len(decided.items)} 条", f"{len(decided.items)} discarded"))
    _print_refused(decided)
    return len(decided.refused)


def _print_refused(decided: Decided) -> None:
    for one in decided.refused:
        print(f"  {one['letter_id']}: {one['detail']}")


def _ids(rows: Sequence[Letter]) -> list[str]:
    return [one["letter_id"] for one in rows]


def _grouped(args: Given) -> Iterator[tuple[Letters, list[Letter]]]:
    """Return the letters that are meant by their services: those that were named, or all that wait."""
    if not args.letter_id:
        yield from ((letters, waiting) for letters in _services(args) if (waiting := letters.listed("waiting")))
        return
    matches: dict[str, tuple[Letters, list[Letter]]] = {}
    for letter_id in dict.fromkeys(args.letter_id):
        letters, letter = _one(args, letter_id)
        matches.setdefault(letters.service, (letters, []))[1].append(letter)
    yield from matches.values()


def _one(args: Given, letter_id: str) -> tuple[Letters, Letter]:
    """Return the letter of an id, and its service. Raises `BadOption` where there is none, or several."""
    matches = [(letters, letter) for letters in _services(args) if (letter := letters.file(letter_id)) is not None]
    if not matches:
        raise BadOption(
            text(
                f"没有编号为 {letter_id} 的死信: 请看 'lastmetre dead-letters list'",
                f"There is no dead letter {letter_id}: 'lastmetre dead-letters list' prints the ids",
            )
        )
    if len(matches) > 1:
        names = ", ".join(letters.service for letters, _ in matches)
        raise BadOption(
            text(
                f"{names} 都有编号为 {letter_id} 的死信: 请用 --service 选一个",
                f"Several services have a dead letter {letter_id}: choose with --service one of {names}",
            )
        )
    return matches[0]


def _services(args: Given) -> Iterator[Letters]:
    if args.url:
        if len(args.service) != 1:
            raise BadOption(text("请用 --service 写明一个服务", "Name the one service that is meant, with --service"))
        if not os.environ.get(TOKEN):
            raise BadOption(
                text(
                    f"需要运维人员的令牌: 请放入环境变量 {TOKEN}",
                    f"An operator's token is needed: put it into the environment variable {TOKEN}",
                )
            )
        yield Letters(args.service[0], OperatorApi(args.service[0], args.url, os.environ[TOKEN]))
        return
    city = chosen(args)
    token = city.mint_token("operator", area="/", subject=SUBJECT, hours=1)
    for service in args.service or sorted(city.services):
        yield Letters(service, OperatorApi(service, city.url(service), token))


def _replay_on_bus(args: Given) -> int:
    if args.letter_id:
        raise BadOption(
            text("总线只能重放全部: 请用 --all", "The bus itself replays all letters of a service: give --all")
        )
    from shared.bus import dead_letters  # the client of the bus is loaded where the bus is asked

    drop = (FORGED,) if args.drop_forged else ()
    with explain_bus_errors(args.kafka):
        for service in args.service or sorted(COMMANDS):
            print(f"{service}: {asyncio.run(dead_letters.replay(args.kafka, service, drop=drop))} replayed")
    return DONE


async def _list_on_bus(args: Given) -> int:
    from shared.bus import dead_letters

    count = 0
    for service in args.service or sorted(COMMANDS):
        async for letter, _ in dead_letters.waiting(args.kafka, service):
            count += 1
            print(
                f"{letter.at} {service} {letter.topic}/{letter.partition}@{letter.offset} "
                f"{letter.handler}: {letter.reason}: {letter.message}"
            )
    print(_count(count))
    return count
