"""The signed colour code: what a gate believes, with every server down (R1.9, R2.4)."""

import base64
from datetime import UTC, datetime, timedelta

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from shared.events.registration import Colour
from shared.health_code import BadCode, CodeRefused, CodeSigner, CodeVerifier, HealthCode
from shared.ids import new_id

NOON = datetime(2026, 2, 10, 4, 0, tzinfo=UTC)


def private(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


OURS, OLD, FOREIGN = (Ed25519PrivateKey.generate() for _ in range(3))
SIGNER = CodeSigner(private(OURS))
VERIFIER = CodeVerifier(public(OURS) + public(OLD))
CODE = HealthCode(new_id(), Colour.GREEN, NOON, NOON + timedelta(minutes=10))


def refusal(text: str, at: datetime = NOON) -> CodeRefused:
    with pytest.raises(CodeRefused) as refused:
        VERIFIER.verify(text, at)
    return refused.value


@pytest.mark.parametrize("colour", Colour)
def test_a_gate_reads_what_registration_signed(colour: Colour) -> None:
    code = CODE._replace(colour=colour)
    text = SIGNER.sign(code)
    assert VERIFIER.verify(text, NOON) == code
    assert text.startswith("LM1:")
    assert len(text) < 250


def test_a_code_of_the_key_before_is_still_good() -> None:
    assert VERIFIER.verify(CodeSigner(private(OLD)).sign(CODE), NOON) == CODE


def test_a_code_is_good_until_the_moment_it_expires() -> None:
    text = SIGNER.sign(CODE)
    assert VERIFIER.verify(text, CODE.expires_at - timedelta(seconds=1)) == CODE
    late = refusal(text, CODE.expires_at)
    assert (late.reason, late.resident_id) == (BadCode.EXPIRED, CODE.resident_id)


def test_a_code_of_a_foreign_key_is_forged_and_names_nobody() -> None:
    forged = refusal(CodeSigner(private(FOREIGN)).sign(CODE))
    assert (forged.reason, forged.resident_id) == (BadCode.FORGED, None)


def test_a_code_with_one_changed_character_is_forged_wherever_it_is() -> None:
    text = SIGNER.sign(CODE)
    for at in range(4, len(text) - 1):  # the last character carries bits that mean nothing
        other = "A" if text[at] != "A" else "B"
        assert refusal(text[:at] + other + text[at + 1 :]).reason is BadCode.FORGED


@pytest.mark.parametrize(
    "text", ["", "LM1:", "LM2:abc", "https://example.org", "LM1:" + "A" * 600, "LM1:二维码", "LM1:" + "A" * 100]
)
def test_what_is_no_code_is_forged(text: str) -> None:
    assert refusal(text).reason is BadCode.FORGED


def test_a_signed_text_that_says_no_colour_is_forged() -> None:
    signed = SIGNER._cose.encode(cbor2.dumps({2: "r1", 4: 1, 6: 1}), SIGNER._key)
    assert refusal("LM1:" + base64.urlsafe_b64encode(signed).decode()).reason is BadCode.FORGED


def test_other_keys_are_refused_at_the_start() -> None:
    rsa = generate_private_key(65537, 2048)
    with pytest.raises(ValueError, match="not an Ed25519"):
        CodeSigner(rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ValueError, match="not an Ed25519"):
        CodeVerifier(rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(ValueError, match="no public key"):
        CodeVerifier(b"\n")
