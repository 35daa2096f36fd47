"""`lastmetre keys` and the tokens made with them: a city without a launcher."""

import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from deploy.cli.main import main
from deploy.launcher.secrets.code_keys import CodeKeys
from deploy.launcher.secrets.issuer import AUDIENCE, ISSUER
from deploy.launcher.secrets.keys import Keys
from deploy.services import SERVICES
from shared.base.ids import new_id
from shared.envelope.macs import ProducerKeys
from shared.events.registration import Colour
from shared.health_code import BadCode, CodeRefused, CodeSigner, CodeVerifier, HealthCode, SealKeys
from shared.web.access import Access
from tests.support.service import MORNING


def test_the_two_halves_of_a_key_lie_apart(tmp_path: Path) -> None:
    assert main(["keys", str(tmp_path)]) == 0
    made = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")}
    public = {"public/jwks.json", "public/code-public.pem"}
    own = {"issuer/issuer.pem", "signing/code-signing.pem", "seal/code-seal.keys", "devices/device-signing.pem"}
    events = {f"events-{service}/events-{service}.keys" for service in SERVICES}
    assert made == {"issuer/jwks.json", *own, *public, *events}
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*.*")} == {0o600}
    assert all("PRIVATE" not in (tmp_path / name).read_text() for name in public)


def test_event_keys_rotate_by_the_same_steps(tmp_path: Path) -> None:
    assert main(["keys", str(tmp_path), "--events", "switch"]) != 0  # nothing was added yet
    files = [tmp_path / f"events-{service}/events-{service}.keys" for service in SERVICES]
    numbers = []
    for step in ("add", "add", "switch", "remove"):
        assert main(["keys", str(tmp_path), "--events", step]) == 0
        (numbers_of_each,) = {tuple(ProducerKeys.read(path.read_text()).by_number) for path in files}
        numbers.append(numbers_of_each)
    assert numbers == [(2, 1), (2, 1), (1, 2), (2,)]
    assert len({path.read_text() for path in files}) == len(files)  # each service has a key of its own


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


def test_a_directory_without_keys_is_reported_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "--keys", str(tmp_path / "none"), "--role", "city", "--area", "/"]) == 4
    assert "make one with 'lastmetre keys" in capsys.readouterr().err
    (tmp_path / "file").touch()
    assert main(["keys", str(tmp_path / "file")]) == 4
    assert "name another directory" in capsys.readouterr().err


def test_a_health_code_signed_with_one_half_is_verified_with_the_other(tmp_path: Path) -> None:
    main(["keys", str(tmp_path)])
    signer = CodeSigner((tmp_path / "signing/code-signing.pem").read_bytes())
    verifier = CodeVerifier((tmp_path / "public/code-public.pem").read_bytes())
    code = HealthCode(new_id(), Colour.GREEN, MORNING, MORNING + timedelta(minutes=15))
    assert verifier.verify(signer.sign(code), MORNING) == code


CODE = HealthCode(new_id(), Colour.GREEN, MORNING, MORNING + timedelta(minutes=15))


def make_code_keys(tmp_path: Path) -> CodeKeys:
    """The code keys of a city without a launcher."""
    assert main(["keys", str(tmp_path)]) == 0
    return CodeKeys(
        tmp_path / "signing/code-signing.pem", tmp_path / "public/code-public.pem", tmp_path / "seal/code-seal.keys"
    )


def signer(keys: CodeKeys) -> CodeSigner:
    """Registration, as it would start now."""
    return CodeSigner(keys.signing.read_bytes(), SealKeys.read(keys.seal.read_text()))


def device(keys: CodeKeys) -> CodeVerifier:
    """A device, as it would start now."""
    return CodeVerifier(keys.public.read_bytes())


def service(keys: CodeKeys) -> CodeVerifier:
    """The service at the gates, as it would start now, but that the seal alone convinces it."""
    foreign = Keys(keys.seal.parent / "foreign").environment_of("checkpoint")["LASTMETRE_CODE_PUBLIC_KEYS"]
    return CodeVerifier(Path(foreign).read_bytes(), SealKeys.read(keys.seal.read_text()))


def refused(verifier: CodeVerifier, text: str) -> bool:
    with pytest.raises(CodeRefused) as error:
        verifier.verify(text, MORNING)
    return error.value.reason is BadCode.FORGED


def steps_of(tmp_path: Path, keys: CodeKeys, option: str, gate: Callable[[CodeKeys], CodeVerifier]) -> None:
    """Take the three steps: the gate that was restarted last believes what is signed before or after it."""
    old = signer(keys).sign(CODE)
    gates_before = gate(keys)
    assert main(["keys", str(tmp_path), option, "add"]) == 0
    assert signer(keys).sign(CODE) == old
    gates_between = gate(keys)
    assert main(["keys", str(tmp_path), option, "switch"]) == 0
    new = signer(keys).sign(CODE)
    assert new != old
    assert gates_between.verify(old, MORNING) == gates_between.verify(new, MORNING) == CODE
    assert refused(gates_before, new)
    overlap = gate(keys)
    assert overlap.verify(old, MORNING) == overlap.verify(new, MORNING) == CODE
    assert main(["keys", str(tmp_path), option, "remove"]) == 0
    assert gate(keys).verify(new, MORNING) == CODE
    assert refused(gate(keys), old)


def test_a_new_signing_key_takes_over_and_both_verify_meanwhile(tmp_path: Path) -> None:
    keys = make_code_keys(tmp_path)
    for _ in range(2):
        steps_of(tmp_path, keys, "--signing", device)


def test_a_new_seal_key_takes_over_and_both_verify_meanwhile(tmp_path: Path) -> None:
    keys = make_code_keys(tmp_path)
    for _ in range(2):
        steps_of(tmp_path, keys, "--seal", service)


def test_seal_keys_are_numbered_from_zero_again_after_the_last_number(tmp_path: Path) -> None:
    keys = make_code_keys(tmp_path)
    keys.seal.write_text(keys.seal.read_text().replace("1 ", "255 ", 1))
    steps_of(tmp_path, keys, "--seal", service)
    assert keys.seal.read_text().startswith("0 ")


def test_a_step_taken_twice_or_too_early_harms_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = make_code_keys(tmp_path)
    for option in ("--signing", "--seal"):
        assert main(["keys", str(tmp_path), option, "switch"]) == 2
        assert f"run {option} add" in capsys.readouterr().err
        for step in ("remove", "add"):
            assert main(["keys", str(tmp_path), option, step]) == 0
        before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
        for step in ("add", "remove", "add"):
            assert main(["keys", str(tmp_path), option, step]) == 0
        assert main(["keys", str(tmp_path)]) == 0
        assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before
        assert "give it to" in capsys.readouterr().out
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys} == {0o600}


def test_the_keys_of_a_city_on_this_machine_change_by_the_same_steps_and_stay_over_its_next_start(
    tmp_path: Path,
) -> None:
    Keys(tmp_path / "keys")
    keys = CodeKeys.of_launcher(tmp_path)
    old = signer(keys).sign(CODE)
    for step in ("add", "switch"):
        assert main(["keys", "--data", str(tmp_path), "--signing", step, "--seal", step]) == 0
        Keys(tmp_path / "keys")  # as the launcher does when it starts
    new = signer(keys).sign(CODE)
    for gate in (device(keys), service(keys)):
        assert gate.verify(old, MORNING) == gate.verify(new, MORNING) == CODE


def test_keys_that_are_missing_or_unreadable_are_reported_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["keys", "--data", str(tmp_path), "--seal", "add"]) == 4
    assert "There are no keys in" in capsys.readouterr().err
    for arguments in (["keys"], ["keys", str(tmp_path), "--data", str(tmp_path)]):
        assert main(arguments) == 2
        assert "Name one directory" in capsys.readouterr().err
    assert main(["keys", "--data", str(tmp_path)]) == 2
    assert "name a step" in capsys.readouterr().err
    keys = make_code_keys(tmp_path)
    keys.seal.write_text("1 c2hvcnQ=\n")
    assert main(["keys", str(tmp_path), "--seal", "add"]) == 4
    output = capsys.readouterr().err
    assert "restore it from a copy" in output
    assert "c2hvcnQ=" not in output
