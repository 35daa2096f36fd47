"""Health codes as registration signs them, for people who show them in a trial."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.launcher.secrets.keys import Keys
from shared.events.registration import Colour
from shared.health_code import CodeSigner, HealthCode, SealKeys, new_code_id
from tests.faults.world import World

CODE_LIFETIME = timedelta(hours=6)


def code_signer(world: World) -> CodeSigner:
    """Return a signer with registration's keys."""
    secrets = Keys(world.keys).environment_of("registration")
    seals = SealKeys.read(Path(secrets["LASTMETRE_CODE_SEAL_KEYS"]).read_text())
    return CodeSigner(Path(secrets["LASTMETRE_CODE_SIGNING_KEY"]).read_bytes(), seals)


def code_of(
    signer: CodeSigner,
    resident_id: str,
    colour: Colour = Colour.GREEN,
    now: datetime | None = None,
    printed_for: timedelta | None = None,
) -> str:
    """Return a resident's signed code, of the machine's time or another; on paper it is good for longer."""
    issued = (now or datetime.now(UTC)).replace(microsecond=0)
    until = issued + (printed_for or CODE_LIFETIME)
    return signer.sign(HealthCode(resident_id, colour, issued, until, new_code_id(), printed_for is not None))
