"""The signed colour code: what a gate believes, with every server down (R1.9, R2.4)."""

import base64
import hmac
from datetime import UTC, datetime, timedelta

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cwt import COSE, COSEKey

from shared.base.ids import new_id
from shared.events.registration import Colour
from shared.health_code import BadCode, CodeRefused, CodeSigner, CodeVerifier, HealthCode, SealKeys, new_code_id

NOON = datetime(2026, 2, 10, 4, 0, tzinfo=UTC)


def private(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


OURS, OLD, FOREIGN = (Ed25519PrivateKey.generate() for _ in range(3))
SIGNER = CodeSigner(private(OURS))
VERIFIER = CodeVerifier(public(OURS) + public(OLD))
CODE = HealthCode(new_id(), Colour.GREEN, NOON, NOON + timedelta(minutes=10))

KID = OURS.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)[:8]
FIRST, SECOND, STRANGE = (
    f"{number} {base64.b64encode(bytes([fill]) * 32).decode()}" for number, fill in ((1, 7), (2, 8), (1, 9))
)
SEALER = CodeSigner(private(OURS), SealKeys.read(FIRST))
SERVICE = CodeVerifier(public(OURS), SealKeys.read(FIRST))


def refusal(text: str, at: datetime = NOON, verifier: CodeVerifier = VERIFIER) -> CodeRefused:
    with pytest.raises(CodeRefused) as refused:
        verifier.verify(text, at)
    return refused.value


def raw(text: str) -> bytes:
    """The COSE_Sign1 of a code without a seal."""
    signed = text.removeprefix("LM1:")
    return base64.urlsafe_b64decode(signed + "=" * (-len(signed) % 4))


def as_text(signed: bytes) -> str:
    return "LM1:" + base64.urlsafe_b64encode(signed).decode().rstrip("=")


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


def test_a_code_of_a_foreign_key_is_forged_and_names_no_resident() -> None:
    forged = refusal(CodeSigner(private(FOREIGN)).sign(CODE))
    assert (forged.reason, forged.resident_id) == (BadCode.FORGED, None)


def test_a_code_with_one_changed_character_is_forged_wherever_it_is() -> None:
    text = SIGNER.sign(CODE)
    for at in range(4, len(text)):
        other = "A" if text[at] != "A" else "B"
        assert refusal(text[:at] + other + text[at + 1 :]).reason is BadCode.FORGED


@pytest.mark.parametrize(
    "text", ["", "LM1:", "LM2:abc", "https://example.org", "LM1:" + "A" * 600, "LM1:二维码", "LM1:" + "A" * 100]
)
def test_what_is_no_code_is_forged(text: str) -> None:
    assert refusal(text).reason is BadCode.FORGED


def test_a_signed_text_that_says_no_colour_is_forged() -> None:
    signed = SIGNER._cose.encode(cbor2.dumps({2: "r1", 4: 1, 6: 1}), SIGNER._key)
    assert refusal(as_text(signed)).reason is BadCode.FORGED


def test_other_keys_are_refused_at_the_start() -> None:
    rsa = generate_private_key(65537, 2048)
    with pytest.raises(ValueError, match="not an Ed25519"):
        CodeSigner(rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ValueError, match="not an Ed25519"):
        CodeVerifier(rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(ValueError, match="no public key"):
        CodeVerifier(b"\n")


def test_a_code_has_an_id_of_its_own_and_says_that_it_is_printed() -> None:
    assert new_code_id() != new_code_id()
    for code in (CODE._replace(code_id=new_code_id()), CODE._replace(code_id=new_code_id(), printed=True)):
        assert VERIFIER.verify(SIGNER.sign(code), NOON) == code
        assert SERVICE.verify(SEALER.sign(code), NOON) == code


def test_the_signature_is_what_an_independent_library_makes_and_believes() -> None:
    code = CODE._replace(code_id=new_code_id())
    claims = cbor2.loads(COSE.new().decode(raw(SIGNER.sign(code)), COSEKey.from_pem(public(OURS), kid=KID)))
    assert (claims[2], claims[7].hex(), claims[-65537]) == (code.resident_id, code.code_id, "green")
    ours = COSEKey.from_pem(private(OURS), kid=KID)
    made = COSE.new(alg_auto_inclusion=True, kid_auto_inclusion=True).encode(cbor2.dumps(claims), ours)
    assert VERIFIER.verify(as_text(made), NOON) == code


def test_other_headers_than_those_of_a_code_are_refused_though_the_signature_holds() -> None:
    key = COSEKey.from_pem(private(OURS))
    payload = COSE.new().decode(raw(SIGNER.sign(CODE)), COSEKey.from_pem(public(OURS), kid=KID))
    usual = COSE.new().encode(payload, key, protected={1: -8}, unprotected={4: KID})
    assert VERIFIER.verify(as_text(usual), NOON) == CODE
    for protected, unprotected in (
        ({1: -8, 2: [-70001], -70001: 1}, {4: KID}),  # a critical header that no reader knows
        ({1: -8, 4: KID}, {}),
        ({1: -8}, {}),
        ({1: -8}, {4: b"12345678"}),
    ):
        made = COSE.new().encode(payload, key, protected=protected, unprotected=unprotected)
        assert refusal(as_text(made)).reason is BadCode.FORGED


def test_a_code_of_another_algorithm_or_with_bytes_behind_it_is_forged() -> None:
    signed = raw(SIGNER.sign(CODE))
    assert refusal(as_text(signed + b"\x00")).reason is BadCode.FORGED
    assert refusal(as_text(signed + signed[-66:])).reason is BadCode.FORGED
    for alg in (b"\xa1\x01\x26", b""):  # ES256, and none
        _, unprotected, payload, _ = cbor2.loads(signed).value
        signature = OURS.sign(cbor2.dumps(["Signature1", alg, b"", payload]))
        made = cbor2.dumps(cbor2.CBORTag(18, [alg, unprotected, payload, signature]))
        assert refusal(as_text(made)).reason is BadCode.FORGED


def test_a_sealed_code_is_read_by_the_service_and_by_devices_that_know_the_public_key_alone() -> None:
    text = SEALER.sign(CODE)
    assert SERVICE.verify(text, NOON) == VERIFIER.verify(text, NOON) == CODE
    assert len(SEALER.sign(CODE._replace(code_id=new_code_id(), printed=True))) < 280


def test_the_seal_is_the_number_of_its_key_and_half_an_hmac_over_what_is_signed() -> None:
    number, key = FIRST.split()
    signed, _, seal = SEALER.sign(CODE).partition(".")
    made = hmac.digest(base64.b64decode(key), raw(signed), "sha256")[:16]
    assert raw(seal) == bytes([int(number)]) + made


def test_the_service_believes_the_seal_alone_and_needs_no_signature_of_a_known_key() -> None:
    service = CodeVerifier(public(FOREIGN), SealKeys.read(FIRST))
    assert service.verify(SEALER.sign(CODE), NOON) == CODE
    assert refusal(SIGNER.sign(CODE), verifier=service).reason is BadCode.FORGED


def test_a_sealed_code_with_one_changed_character_is_forged_wherever_it_is() -> None:
    text = SEALER.sign(CODE)
    # Changed in the number of its key, it is a seal of an unknown key, and the signature says the code is ours.
    number = text.index(".") + 1
    for at in {*range(4, len(text))} - {number, number + 1}:
        other = "A" if text[at] != "A" else "B"
        assert refusal(text[:at] + other + text[at + 1 :], verifier=SERVICE).reason is BadCode.FORGED


def test_a_false_seal_of_a_known_key_is_forged_though_the_signature_holds() -> None:
    signer = CodeSigner(private(OURS), SealKeys.read(STRANGE))  # the same number, another key
    assert refusal(signer.sign(CODE), verifier=SERVICE).reason is BadCode.FORGED
    assert VERIFIER.verify(signer.sign(CODE), NOON) == CODE


def test_without_a_seal_or_under_an_unknown_number_the_signature_decides() -> None:
    for keys in (None, SealKeys.read(SECOND)):
        assert SERVICE.verify(CodeSigner(private(OURS), keys).sign(CODE), NOON) == CODE
        foreign = CodeSigner(private(FOREIGN), keys).sign(CODE)
        assert refusal(foreign, verifier=SERVICE).reason is BadCode.FORGED


@pytest.mark.parametrize("seal", ["", "AQ", "A" * 22, "A" * 24, "." * 23, "=" * 23, "二" * 23])
def test_what_is_no_seal_makes_the_code_forged_for_every_verifier(seal: str) -> None:
    for verifier in (SERVICE, VERIFIER):
        assert refusal(f"{SIGNER.sign(CODE)}.{seal}", verifier=verifier).reason is BadCode.FORGED


def test_a_sealed_code_expires_and_names_whose_it_is() -> None:
    late = refusal(SEALER.sign(CODE), CODE.expires_at, SERVICE)
    assert (late.reason, late.resident_id) == (BadCode.EXPIRED, CODE.resident_id)


def test_the_last_seal_key_seals_and_every_one_of_them_verifies() -> None:
    both = SealKeys.read(f"{FIRST}\n\n{SECOND}\n")
    new = CodeSigner(private(OURS), both).sign(CODE)
    only_new = CodeVerifier(public(FOREIGN), SealKeys.read(SECOND))
    assert only_new.verify(new, NOON) == CODE
    overlap = CodeVerifier(public(FOREIGN), both)
    assert overlap.verify(new, NOON) == overlap.verify(SEALER.sign(CODE), NOON) == CODE


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no seal key was given"),
        ("\n \n", "no seal key was given"),
        (f"{FIRST}\n{STRANGE}", "line 2: the number 1 is taken"),
        (FIRST.partition(" ")[2], "line 1: begin it with a number from 0 to 255"),
        ("256 " + FIRST.partition(" ")[2], "line 1: begin it with a number from 0 to 255"),
        (f"{FIRST}\n2 c2hvcnQ=", "line 2: 32 bytes in base64 must follow"),
        (f"{FIRST}\n2", "line 2: 32 bytes in base64 must follow"),
        (f"2 {FIRST}", "line 1: 32 bytes in base64 must follow"),
    ],
)
def test_unusable_seal_keys_are_refused_with_a_sentence_that_never_holds_one(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as refused:
        SealKeys.read(text)
    message = str(refused.value)
    assert not any(word in message for line in text.splitlines() for word in line.split() if len(word) > 4)
