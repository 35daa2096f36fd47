"""`lastmetre keys` and the tokens made with them: a city without a launcher."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from deploy.cli.main import main
from deploy.local.issuer import AUDIENCE, ISSUER
from shared.access import Access
from shared.events.registration import Colour
from shared.health_code import CodeSigner, CodeVerifier, HealthCode
from shared.ids import new_id
from tests.support.service import MORNING


def test_the_two_halves_of_a_key_lie_apart(tmp_path: Path) -> None:
    assert main(["keys", str(tmp_path)]) == 0
    made = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")}
    public = {"public/jwks.json", "public/code-public.pem"}
    assert made == {"issuer/issuer.pem", "issuer/jwks.json", "signing/code-signing.pem", "seal/code-seal.keys", *public}
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*.*")} == {0o600}
    assert all("PRIVATE" not in (tmp_path / name).read_text() for name in public)


def test_keys_that_are_there_stay(tmp_path: Path) -> None:
    main(["keys", str(tmp_path)])
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    main(["keys", str(tmp_path)])
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before


async def test_a_token_made_with_them_is_believed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["keys", str(tmp_path)])
    capsys.readouterr()
    assert main(["token", "--keys", str(tmp_path), "--role", "doctor", "--area", "/jinhe", "--subject", "d1"]) == 0
    access = Access(ISSUER, AUDIENCE, str(tmp_path / "public/jwks.json"))
    principal = await access.principal(capsys.readouterr().out.strip())
    assert (principal.subject, principal.roles, principal.area) == ("d1", frozenset({"doctor"}), "/jinhe")


def test_a_place_without_keys_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "--keys", str(tmp_path / "none"), "--role", "city", "--area", "/"]) == 1
    assert "make one with 'lastmetre keys" in capsys.readouterr().err
    (tmp_path / "file").touch()
    assert main(["keys", str(tmp_path / "file")]) == 1
    assert "name another directory" in capsys.readouterr().err


def test_a_health_code_signed_with_one_half_is_verified_with_the_other(tmp_path: Path) -> None:
    main(["keys", str(tmp_path)])
    signer = CodeSigner((tmp_path / "signing/code-signing.pem").read_bytes())
    verifier = CodeVerifier((tmp_path / "public/code-public.pem").read_bytes())
    code = HealthCode(new_id(), Colour.GREEN, MORNING, MORNING + timedelta(minutes=15))
    assert verifier.verify(signer.sign(code), MORNING) == code
