"""`lastmetre keys`: the keys of a city that runs without the launcher, and a new key for its health codes, by steps."""

from pathlib import Path

import click

from deploy.cli.summaries import summaries
from deploy.launcher.errors import BadOption, DirectoryUnusable
from deploy.launcher.secrets import code_keys, event_keys
from deploy.launcher.secrets.code_keys import CodeKeys
from deploy.launcher.secrets.issuer import Issuer
from deploy.launcher.secrets.keys import private_key, publish, seal_keys, write_secret
from deploy.services import CODE_PUBLIC_KEYS, CODE_SEAL_KEYS, CODE_SIGNING_KEY, DEVICE_SIGNING_KEY, SERVICES
from deploy.services import event_keys as file_of_events
from shared.base.commands import ALONE, Command, Given, argument, option
from shared.base.terminal import text

ISSUER = "issuer"
KEY_FILES = (CODE_SIGNING_KEY, CODE_PUBLIC_KEYS, CODE_SEAL_KEYS, DEVICE_SIGNING_KEY)
STEPS = ("add", "switch", "remove")
SIGNING_STEPS = {"add": code_keys.add_signing, "switch": code_keys.switch_signing, "remove": code_keys.remove_signing}
SEAL_STEPS = {"add": code_keys.add_seal, "switch": code_keys.switch_seal, "remove": code_keys.remove_seal}
EVENT_STEPS = {"add": event_keys.add, "switch": event_keys.switch, "remove": event_keys.remove}


def command() -> Command:
    """Describe the command."""
    path = click.Path(path_type=Path)
    steps = click.Choice(STEPS)
    return Command(
        "keys",
        run,
        [
            argument(
                "directory",
                type=path,
                required=False,
                metavar="[DIR]",
                help=text("目录, 已有的密钥保留", "the directory; existing keys stay"),
            ),
            option(
                "--data",
                type=path,
                metavar="DIR",
                help=text("本机城市的数据目录", "the data directory of a city on this machine"),
            ),
            *(option(name, type=steps, help=line) for name, line in _replaced().items()),
        ],
        summary=summaries()["keys"],
        about=_about(),
        examples=(
            ("lastmetre keys keys", text("在目录 keys 中生成密钥", "create the keys in the directory keys")),
            (
                "lastmetre keys keys --signing add",
                text("更换签发健康码的密钥, 第一步", "the first step of replacing the key that signs health codes"),
            ),
            (
                "lastmetre keys --data ~/city --events switch",
                text("本机城市, 更换事件密钥, 第二步", "the second step for the events of a city on this machine"),
            ),
        ),
        codes=ALONE,
    )


def _replaced() -> dict[str, str]:
    return {
        "--signing": text("更换签发健康码的密钥: 下一步", "the next step of replacing the key that signs health codes"),
        "--seal": text("更换加密健康码的密钥: 下一步", "the next step of replacing the key that seals health codes"),
        "--events": text("更换签署事件的密钥: 下一步", "the next step of replacing the keys that sign events"),
    }


def _about() -> str:
    return text(
        "DIR/issuer 签发令牌, DIR/signing 签发健康码, DIR/seal 加密健康码, DIR/devices 签发闸口设备的令牌, "
        "DIR/events-SERVICE 签署一个服务的事件, DIR/public 供核验。\n\n"
        "更换健康码的密钥分三步, 每步之后重启读取密钥的服务: add 之后新密钥可用于核验, switch 之后用它签发或加密, "
        "remove 之后旧密钥不再有效。旧密钥签发的码全部过期后才可 remove: 手机上的几分钟, 打印的半年。"
        "事件密钥步骤相同, 不需重启。见 docs/operations.md 的 A new key 一节。",
        "DIR/issuer signs tokens, DIR/signing signs health codes, DIR/seal seals them, DIR/devices signs the tokens of "
        "devices at gates, DIR/events-SERVICE signs a service's events; DIR/public verifies.\n\n"
        "A new key for health codes takes three steps; restart the services that read the files after each. With 'add' "
        "the new key verifies, with 'switch' it signs or seals, with 'remove' the old key no longer verifies. Remove "
        "the old key when all its codes have expired: a code on a phone after minutes, a printed one after half a "
        'year. Event keys take the same steps, and no restart. See "A new key" in docs/operations.md.',
    )


def run(args: Given) -> int:
    """Create missing keys, and take the requested steps. Raises `BadOption`, `DirectoryUnusable`."""
    if (args.directory is None) == (args.data is None):
        raise BadOption("Name one directory: DIR, or with --data that of a city on this machine")
    if args.data and not (args.signing or args.seal or args.events):
        raise BadOption(
            "The launcher makes the keys of its city itself: name a step with --signing, --seal or --events"
        )
    root: Path = args.data or args.directory
    try:
        keys = CodeKeys.of_launcher(root) if args.data else _make_keys(root)
        results = [SIGNING_STEPS[args.signing](keys)] if args.signing else []
        results += [SEAL_STEPS[args.seal](keys)] if args.seal else []
        results += [EVENT_STEPS[args.events](_event_files(root, args.data is not None))] if args.events else []
    except OSError as error:
        raise DirectoryUnusable(f"{root} cannot be written ({error.strerror}): name another directory") from None
    print("\n".join(results or [f"The keys are in {root}: keep all but {CODE_PUBLIC_KEYS.volume} to yourself"]))
    return 0


def _make_keys(root: Path) -> CodeKeys:
    issuer = Issuer.at(root / ISSUER)
    signing, public, seal, devices = (root / one.volume / one.file for one in KEY_FILES)
    keys = CodeKeys(signing, public, seal)
    seal_keys(keys.seal)
    private_key(devices)
    for path in _event_files(root, launcher=False):
        seal_keys(path)
    write_secret(public.with_name("jwks.json"), issuer.jwks.read_bytes())
    publish(keys.public, private_key(keys.signing))
    return keys


def _event_files(root: Path, launcher: bool) -> list[Path]:
    files = [file_of_events(service) for service in SERVICES]
    return [root / "keys" / one.file if launcher else root / one.volume / one.file for one in files]


def issuer_of(root: Path) -> Issuer:
    """Return the issuer that `lastmetre keys` made in `root`. Raises `DirectoryUnusable` where there is none."""
    if not (root / ISSUER / "issuer.pem").is_file():
        raise DirectoryUnusable(f"There is no issuer in {root}: make one with 'lastmetre keys {root}'")
    return Issuer.at(root / ISSUER)
