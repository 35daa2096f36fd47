"""`lastmetre topics`: the topics of the topic file on a bus."""

import asyncio
from collections.abc import Sequence

import click

from deploy.cli.chosen import as_json, choice, chosen, print_json
from deploy.cli.summaries import summaries
from deploy.launcher.errors import StoreUnreachable, explain_bus_errors
from deploy.launcher.servers.topics import create_missing, differences, partitions_of
from deploy.services import SERVICES
from deploy.topics import load_topics
from shared import events  # noqa: F401  # all contracts are known
from shared.base.commands import Command, Given, Group, argument, option
from shared.base.terminal import DONE, NEGATIVE, text
from shared.envelope.event import contracts_of
from shared.outbox.refill import request_republishing
from shared.store.mongo import PyMongoError, connect


def command() -> Group:
    """Describe the command and its actions."""
    return Group(
        "topics",
        [_create(), _list(), _check(), _allow(), _republish()],
        summary=summaries()["topics"],
        examples=(
            ("lastmetre topics check", text("运行中的城市的总线", "the bus of the running city")),
            (
                "lastmetre topics create --bootstrap kafka:9092 --replication 3",
                text("新的 Kafka", "a new Kafka server"),
            ),
        ),
        exits={NEGATIVE: text("check: 总线与主题文件不一致", "check: the bus and the topic file disagree")},
    )


def _create() -> Command:
    copies = option(
        "--replication",
        type=click.IntRange(min=1),
        default=1,
        metavar="N",
        help=text("每个新主题的副本数, 城市为 3", "copies of each new topic; a city has 3"),
    )
    return Command(
        "create",
        create_topics,
        [_bus(), copies, *choice()],
        summary=text("创建总线上缺少的主题", "Create the topics that the bus lacks."),
        examples=(
            ("lastmetre topics create", text("运行中的城市", "for the running city")),
            (
                "lastmetre topics create --bootstrap kafka:9092 --replication 3",
                text("新的 Kafka", "a new Kafka server"),
            ),
        ),
    )


def _list() -> Command:
    return Command(
        "list",
        list_topics,
        [_bus(), as_json(), *choice()],
        summary=text("列出总线上的主题", "List the topics on the bus, with their partitions."),
        examples=(
            ("lastmetre topics list", text("运行中的城市", "of the running city")),
            ("lastmetre topics list --json", text("供脚本读取", "for a script")),
        ),
    )


def _check() -> Command:
    return Command(
        "check",
        check_topics,
        [_bus(), *choice()],
        summary=text("检查总线与主题文件是否一致", "Check that the bus has the topics of the topic file."),
        examples=(
            ("lastmetre topics check", text("运行中的城市", "of the running city")),
            ("lastmetre topics check --bootstrap kafka:9092", text("其他 Kafka", "of another Kafka server")),
        ),
        exits={
            DONE: text("一致", "they agree"),
            NEGATIVE: text("不一致, 逐条列出", "they disagree; each difference is listed"),
        },
    )


def _allow() -> Command:
    return Command(
        "allow",
        allow_services,
        [_bus(), *choice()],
        summary=text("给各服务的用户所需的权限", "Give each service's user the rights that it needs, and no others."),
        examples=(
            ("lastmetre topics allow", text("运行中的城市", "for the running city")),
            ("lastmetre topics allow --bootstrap kafka:9092", text("其他 Kafka", "on another Kafka server")),
        ),
    )


def _republish() -> Command:
    return Command(
        "republish",
        republish_topics,
        [
            argument(
                "service",
                type=click.Choice(list(SERVICES)),
                metavar="SERVICE",
                help=text("补发其压缩主题的服务", "whose compacted topics are published anew"),
            ),
            option(
                "--mongo",
                metavar="URL",
                help=text("数据库, 默认为运行中的城市的", "the store; that of the running city otherwise"),
            ),
            option(
                "--database",
                metavar="NAME",
                help=text("服务的数据库名, 默认按服务名", "the service's database, by its name else"),
            ),
            *choice(),
        ],
        summary=text("让一个服务补发其主题", "Have a service publish its compacted topics again."),
        examples=(
            ("lastmetre topics republish isolation", text("运行中的城市", "in the running city")),
            (
                "lastmetre topics republish isolation --mongo mongodb://store:27017",
                text("不在本机的城市", "in a city on other servers"),
            ),
        ),
    )


def _bus() -> click.Option:
    return option(
        "--bootstrap",
        metavar="HOST:PORT",
        help=text("Kafka 服务器, 默认为运行中的城市的", "the Kafka server; that of the running city otherwise"),
    )


def create_topics(args: Given) -> int:
    """Create the missing topics and print their names. Raises `LauncherError`."""
    made = asyncio.run(create_missing(args.bootstrap or chosen(args).kafka, args.replication))
    print("\n".join(f"made {name}" for name in made) or "Every topic was there already")
    return DONE


def list_topics(args: Given) -> int:
    """Print the topics that the bus has. Raises `LauncherError`."""
    present = sorted(asyncio.run(partitions_of(args.bootstrap or chosen(args).kafka)).items())
    if args.json:
        return print_json([{"topic": name, "partitions": partitions} for name, partitions in present])
    for name, partitions in present:
        print(f"{name:<36} {partitions:>3} partitions")
    return DONE


def check_topics(args: Given) -> int:
    """Compare the bus with the topic file; return 1 where they disagree. Raises `LauncherError`."""
    bootstrap = args.bootstrap or chosen(args).kafka
    if problems := differences(load_topics(), asyncio.run(partitions_of(bootstrap))):
        print(f"The bus at {bootstrap} and the topic file disagree: {'; '.join(problems)}")
        return NEGATIVE
    print(f"All {len(load_topics())} topics are there, with the partitions that the topic file says")
    return DONE


def allow_services(args: Given) -> int:
    """Give each service's user the rights that the service's code needs, and take all others from it."""
    from deploy.cluster.rights import all_rights  # it composes every service, and other actions need not load them
    from deploy.launcher.servers.rights import allow

    bootstrap = args.bootstrap or chosen(args).kafka
    with explain_bus_errors(bootstrap):
        given, taken = asyncio.run(allow(bootstrap, all_rights()))
    print(f"{given} rights were given, {taken} were taken away")
    return DONE


def republish_topics(args: Given) -> int:
    """Have the service publish the newest event of every aggregate again; it begins within seconds, while it runs."""
    url = args.mongo or chosen(args).mongo
    database = args.database or (args.service if args.mongo else chosen(args).database_name(args.service))
    topics = sorted({contract.topic for contract in contracts_of(args.service) if contract.compacted})
    try:
        asyncio.run(_request(url, database, topics))
    except PyMongoError as error:
        raise StoreUnreachable(f"The store at {url} failed ({type(error).__name__}): try again") from None
    print("\n".join(f"{topic} is published anew" for topic in topics))
    return DONE


async def _request(url: str, database: str, topics: Sequence[str]) -> None:
    client = connect(url)
    try:
        await request_republishing(client[database], topics)
    finally:
        client.close()
