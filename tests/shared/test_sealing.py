"""Personal data at rest: sealed by field, and looked up by a keyed hash."""

import base64
import os

import pytest

from shared.base.keys import key_from
from shared.base.sealing import Sealer, keyed_hash

KEY = bytes(range(32))


def test_what_was_sealed_opens_again_and_never_looks_the_same() -> None:
    sealer = Sealer(KEY)
    seals = {sealer.seal("王芳", "name", "r1") for _ in range(5)}
    assert len(seals) == 5
    assert {sealer.open(seal, "name", "r1") for seal in seals} == {"王芳"}
    assert all(
        "王芳" not in base64.urlsafe_b64decode(seal.rpartition(".")[2]).decode(errors="replace") for seal in seals
    )


def test_a_seal_opens_in_no_other_field_and_with_no_other_key() -> None:
    seal = Sealer(KEY).seal("13800000000", "phone", "r1")
    with pytest.raises(ValueError, match="does not open"):
        Sealer(KEY).open(seal, "name", "r1")
    with pytest.raises(ValueError, match="does not open"):
        Sealer(os.urandom(32)).open(seal, "phone", "r1")


@pytest.mark.parametrize("seal", ["", "s1.", "s1.AAAA", "s1.!!!", "plain text", "s1." + "A" * 80, "王芳"])
def test_what_is_no_seal_is_refused(seal: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Sealer(KEY).open(seal, "name", "r1")


@pytest.mark.parametrize("text", ["", "AAAA", "not base64", base64.b64encode(bytes(31)).decode()])
def test_a_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        key_from(text)


def test_a_key_is_read_from_base64() -> None:
    assert key_from(base64.b64encode(KEY).decode()) == KEY


def test_a_number_is_looked_up_however_it_is_written_but_only_as_what_it_is() -> None:
    hashed = keyed_hash(KEY, "id_number", "11010519491231002x ")
    assert hashed == keyed_hash(KEY, "id_number", "11010519491231002X")
    assert hashed != keyed_hash(KEY, "card", "11010519491231002X")
    assert hashed != keyed_hash(bytes(32), "id_number", "11010519491231002X")
    assert "1949" not in hashed
