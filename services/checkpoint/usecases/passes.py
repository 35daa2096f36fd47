"""Passes at gates that lead out of the city or the province: decided from memory, counted, misuse refused (R1.8)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from services.checkpoint.domain import passes as rules
from services.checkpoint.domain.decision import Proof
from services.checkpoint.domain.passage import StoredPassage
from services.checkpoint.domain.passes import Leaving
from services.checkpoint.domain.presence import went_through
from services.checkpoint.domain.reading import read_credential
from services.checkpoint.domain.reasons import Reason
from services.checkpoint.domain.scan import Scan
from services.checkpoint.replicas import Known
from services.checkpoint.store.passes import UsesKept
from services.checkpoint.usecases import Deps
from services.checkpoint.usecases.decided import Site
from shared.base.sealing import keyed_hash
from shared.events.checkpoint import CredentialKind, Direction
from shared.events.checkpoint_passes import PassUse, PassUsesChanged
from shared.store.recurring import Recurring
from shared.store.unit_of_work import retry_conflicts

# No permission lasts so long; uses that are older count for none.
LONGEST_PASS = timedelta(days=90)
FORGOTTEN_AT_ONCE = 200


def leave(
    deps: Deps, proof: Proof, site: Site, direction: Direction, scan: Scan, scan_id: str, at: datetime
) -> tuple[Proof, Leaving | None]:
    """Return the proof with the pass that lets the person out, or why none does, where the gate leads out so far."""
    policy = site.rules.policy
    if policy is None or policy.leads_out is None or direction is not Direction.OUT or proof.resident_id is None:
        return proof, None
    plate_hash, presented = None, proof.pass_id
    if scan.credential.kind is CredentialKind.PLATE:
        plate_hash = keyed_hash(deps.id_hash_key, "plate", read_credential(scan.credential).value)
    elif scan.pass_text:
        presented = deps.reader.presented(scan.pass_text, at)
    within = timedelta(seconds=policy.repeat_within_s)
    leaving = Leaving(proof.resident_id, policy.leads_out, site.checkpoint_id, scan_id, at, plate_hash, within)
    return _with_pass(deps.known, proof, leaving, presented), leaving


def _with_pass(known: Known, proof: Proof, leaving: Leaving, presented: str) -> Proof:
    """Return the proof by the pass of the person, unless the one that was `presented` is another person's."""
    known_pass = known.passes.get(presented) if presented else None
    if presented and (known_pass is None or leaving.resident_id not in known_pass.travellers):
        return msgspec.structs.replace(proof, permit_id=None, pass_problem=Reason.PASS_OF_ANOTHER)
    judged = known.passes.judge(leaving)
    return msgspec.structs.replace(proof, permit_id=judged.exit_id, pass_problem=judged.reason)


def let_out(known: Known, proof: Proof, gate_id: str, leaving: Leaving) -> None:
    """Keep that a traveller was let out by a pass."""
    if proof.permit_id and proof.resident_id and known.passes.get(proof.permit_id):
        use = PassUse(
            resident_id=proof.resident_id,
            scan_id=leaving.scan_id,
            gate_id=gate_id,
            reach=leaving.reach,
            at=leaving.at,
        )
        known.passes.add(proof.permit_id, use)


async def record(deps: Deps, crossings: Iterable[StoredPassage]) -> None:
    """Store and publish who left by which pass; a repeat changes nothing."""
    uses: defaultdict[str, list[PassUse]] = defaultdict(list)
    for passage in crossings:
        if not (passage.direction == Direction.OUT and passage.permit_id and passage.resident_id):
            continue
        policy = deps.known.checkpoints.policy(passage.checkpoint_id, passage.at)
        if policy and policy.leads_out and went_through(passage) and deps.known.passes.get(passage.permit_id):
            use = PassUse(
                resident_id=passage.resident_id,
                scan_id=passage.scan_id,
                gate_id=passage.gate_id,
                reach=policy.leads_out,
                at=passage.at,
            )
            uses[passage.permit_id].append(use)
    if uses:
        await _store(deps, uses)


@retry_conflicts
async def _store(deps: Deps, uses: dict[str, list[PassUse]]) -> None:
    async with deps.unit_of_work() as work:
        known = await deps.store.pass_uses.each(list(uses), work)
        for exit_id, new in uses.items():
            before = known[exit_id].uses if exit_id in known else ()
            after = rules.add(before, new)
            one = deps.known.passes.get(exit_id)
            if after != before and one is not None:
                kept = UsesKept(exit_id, one.area_path, after[-1].at, after)
                await deps.store.pass_uses.put(kept, work)
                work.emit(PassUsesChanged.of(kept))


@retry_conflicts
async def _forget(deps: Deps) -> None:
    """Forget the uses of passes that are past; gates read that there are none."""
    async with deps.unit_of_work() as work:
        for kept in await deps.store.pass_uses.past(deps.clock.now() - LONGEST_PASS, FORGOTTEN_AT_ONCE, work):
            await deps.store.pass_uses.remove(kept.exit_id, work)
            work.emit(PassUsesChanged(exit_id=kept.exit_id, area_path=kept.area_path))


FORGETTING = Recurring[Deps]("passes.forget", timedelta(minutes=5), _forget)
