"""`lastmetre keys DIR`: the keys of a city that runs without the launcher."""

import argparse
from pathlib import Path
from typing import Any

from deploy.local.errors import DirectoryUnusable
from deploy.local.issuer import Issuer
from deploy.local.keys import private_key, public_pem, seal_keys, write_secret

ISSUER, SIGNING, SEAL, PUBLIC = "issuer", "signing", "seal", "public"


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "keys",
        help="make the keys of a city on other servers; those that are there stay",
        epilog="DIR/issuer signs tokens, DIR/signing signs health codes, DIR/seal seals them; DIR/public verifies.",
    )
    parser.add_argument("directory", type=Path, metavar="DIR")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make what is missing. Raises `DirectoryUnusable`."""
    root: Path = args.directory
    try:
        issuer = Issuer.at(root / ISSUER)
        signing = private_key(root / SIGNING / "code-signing.pem")
        seal_keys(root / SEAL / "code-seal.keys")
        write_secret(root / PUBLIC / "jwks.json", issuer.jwks.read_bytes())
        write_secret(root / PUBLIC / "code-public.pem", public_pem(signing))
    except OSError as error:
        raise DirectoryUnusable(f"{root} cannot be written ({error.strerror}): name another directory") from None
    print(f"The keys are in {root}: keep {ISSUER}, {SIGNING} and {SEAL} to yourself")
    return 0


def issuer_of(root: Path) -> Issuer:
    """Return the issuer that `lastmetre keys` made in `root`. Raises `DirectoryUnusable` where there is none."""
    if not (root / ISSUER / "issuer.pem").is_file():
        raise DirectoryUnusable(f"There is no issuer in {root}: make one with 'lastmetre keys {root}'")
    return Issuer.at(root / ISSUER)
