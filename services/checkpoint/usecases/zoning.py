"""What zones and quotas mean for a person at a gate, from memory alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

import msgspec

from services.checkpoint.domain import zones
from services.checkpoint.domain.decision import Proof, Rules
from services.checkpoint.domain.policy import USUAL
from services.checkpoint.domain.zones import Exit, Zoned
from services.checkpoint.replicas import Known
from services.checkpoint.replicas.zones import Part, lives_in
from services.checkpoint.usecases.decided import Site
from shared.base.area import within
from shared.events.checkpoint import Direction, Policy
from shared.events.checkpoint_outings import Outing


def at_gate(known: Known, policy: Policy | None, path: str, at: datetime) -> Zoned | None:
    """Return what holds at a gate at that time for a person of whom no home is known."""
    return zones.zoned(known.zones.around(path, at), policy, at)


def at_door(known: Known, checkpoint_id: str | None, path: str, home: str, at: datetime) -> Zoned | None:
    """Return what held at a gate at that time for a person who lives at the door `home`."""
    policy = known.checkpoints.policy(checkpoint_id, at) or USUAL
    return _of_home(known, policy, path, known.zones.parts(path, at), home, at)


def _of_home(
    known: Known, policy: Policy | None, path: str, parts: tuple[Part, ...], home: str, at: datetime
) -> Zoned | None:
    """Return the strictest of the zones around the gate and around the home behind it."""
    around = known.zones.around(path, at)
    strictest = zones.strictest([*([around] if around else []), *lives_in(home, parts)], at)
    zone = zones.zoned(strictest, policy, at)
    return msgspec.structs.replace(zone, lives=within(home, path)) if zone else None


def enter(
    known: Known, site: Site, proof: Proof, direction: Direction, scan_id: str, at: datetime, city: tzinfo
) -> tuple[Site, Sequence[Outing]]:
    """Return the site with what holds there for this person, and the outings that use up the household's exits."""
    rules = site.rules
    if (rules.zone is None and not site.parts) or proof.resident_id is None:
        return site, ()
    home = known.credentials.home(proof.resident_id)
    if home is None:
        return site, ()
    if site.parts or rules.zone is None:
        zone = _of_home(known, rules.policy, site.path, site.parts, home, at)
    else:
        zone = msgspec.structs.replace(rules.zone, lives=within(home, site.path))
    outings: Sequence[Outing] = ()
    if zone is not None and zone.counts_exits and direction is Direction.OUT:
        repeat_within = timedelta(seconds=(rules.policy or USUAL).repeat_within_s)
        leaving = Exit(proof.resident_id, scan_id, at, repeat_within)
        counted = zones.counting(known.outings.of(home), zone, leaving, city)
        if len(counted) >= zone.persons:
            zone, outings = msgspec.structs.replace(zone, used_up=True), counted
    return Site(site.path, site.checkpoint_id, Rules(rules.policy, rules.curfew, zone), site.parts), outings


def let_out(known: Known, zone: Zoned | None, proof: Proof, gate_id: str, scan_id: str, at: datetime) -> None:
    """Keep that a resident was let out, where the exits of the household are counted."""
    if zone is None or not zone.counts_exits or proof.resident_id is None:
        return
    if home := known.credentials.home(proof.resident_id):
        exempt = proof.permit_id is not None
        outing = Outing(resident_id=proof.resident_id, scan_id=scan_id, gate_id=gate_id, at=at, exempt=exempt)
        known.outings.add(home, outing)
