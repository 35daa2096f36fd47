"""The rows of a roster take effect: some at a time, in one transaction, with what was before (R1.3, R1.12).

A row that its official may not carry out alone is examined by another office (`examinations.py`). Whatever the reason,
the official gets one answer, and learns nothing of a person who is registered elsewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from services.registration.domain import pacing, places, undoing
from services.registration.domain.cards import Card
from services.registration.domain.changes import Act, Change, Why
from services.registration.domain.contacts import Contact, ContactPoints
from services.registration.domain.imports import Outcome, RowProblem
from services.registration.domain.residents import Resident, Sealed
from services.registration.domain.undoing import Added, Changed
from services.registration.rosters.cells import MAYBE_MERGED
from services.registration.usecases import Complete, Deps, changes, contacts, doors_now, examining, files, particulars
from services.registration.usecases.doors import Gap
from services.registration.usecases.files import File
from services.registration.usecases.imports import CARD_HELD, EXAMINED, OTHER_DOOR, STATED_DEAD, Entry
from services.registration.usecases.names import ID_NUMBER, NAME, gate_name, name_hashes, open_name, rename
from services.registration.usecases.numbers import number_hashes
from services.registration.usecases.phones import phone_hashes
from services.registration.usecases.roster_particulars import with_stated
from shared.base import area, normal_form
from shared.base.ids import new_id
from shared.base.yielding import yielding
from shared.events import registration as events
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.own import Own, own_of


@retry_conflicts
async def carry_out(
    deps: Deps, caller: Principal, import_id: str, entries: Sequence[Entry], complete: Complete
) -> Sequence[Outcome]:
    """Store up to a transaction's worth of entries and return what became of each; repeating it changes nothing.

    `complete` is called in that transaction with the same and the problems.
    """
    async with deps.unit_of_work() as work:
        entries = await doors_now.settle(deps, entries, work)
        step = await Step.read(deps, caller, Why(Act.IMPORT, caller.subject, import_id=import_id), entries, work)
        outcomes = [await step.carry_out(entry) async for entry in yielding(entries)]
        await step.store()
        await complete(work, outcomes, step.problems)
    return outcomes


@retry_conflicts
async def rehearse(deps: Deps, caller: Principal, entries: Sequence[Entry]) -> list[RowProblem]:
    """Return why some of the entries are wrong as things stand; nothing is stored.

    Rows that another office examines are none of them: refusing them here would answer, without a trace, who is
    registered elsewhere.
    """
    why = Why(Act.IMPORT, caller.subject)
    async with deps.unit_of_work() as work:
        entries = await doors_now.settle(deps, entries, work)
        step = await Step.read(deps, caller, why, entries, work)
    return [problem async for entry in yielding(entries) if (problem := step.hindrance(entry))]


async def accept(deps: Deps, asked: Principal, why: Why, entry: Entry, work: UnitOfWork) -> None:
    """Carry out a row that another office has accepted, for the official who sent it."""
    (entry,) = await doors_now.settle(deps, [entry], work)
    step = await Step.read(deps, asked, why, [entry], work)
    step.accepted = True
    await step.carry_out(entry)
    await step.store()


@dataclass
class Step:
    """Some rows that are carried out in one transaction: what the store knows of them, and what they make."""

    deps: Deps
    caller: Principal
    why: Why
    work: UnitOfWork
    known: Mapping[str, Resident]  # by the hash of the ID number
    contacts_of: Mapping[str, Contact]
    holders: Mapping[str, Resident]  # by the hash of the card
    own: Own
    accepted: bool = False
    doors: dict[str, str] = field(default_factory=dict)
    added: list[Added] = field(default_factory=list)
    new_residents: list[Resident] = field(default_factory=list)
    new_contacts: list[Contact] = field(default_factory=list)
    new_cards: list[Card] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    examined: list[tuple[Entry, Resident]] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)

    @classmethod
    async def read(cls, deps: Deps, caller: Principal, why: Why, entries: Sequence[Entry], work: UnitOfWork) -> Self:
        """Return the step with what the store knows of its rows."""
        known = await deps.store.residents.by_hashes([entry.id_number_hash for entry in entries], work)
        contacts_of = await deps.store.contacts.several([one.resident_id for one in known.values()], work)
        held = await deps.store.cards.holders([e.card_hash for e in entries if e.card_hash], work)
        holders = await deps.store.residents.followed(set(held.values()), work)
        by_card = {card: holders[one] for card, one in held.items() if one in holders}
        own = await own_of(deps.store.residents, caller)
        return cls(deps, caller, why, work, known, contacts_of, by_card, own)

    async def carry_out(self, entry: Entry) -> Outcome:
        """Carry out a row and return what became of it."""
        old = self.known.get(entry.id_number_hash)
        settled = self._settle(entry, old)
        if isinstance(settled, RowProblem):
            self.problems.append(settled)
            return Outcome.REJECTED
        if (subject := self._examined_for(settled, old)) is not None:
            self.examined.append((settled, subject))
            self.problems.append(RowProblem(entry.row, *EXAMINED))
            return Outcome.REJECTED
        if old is None:
            self.doors[settled.household_id] = settled.area_path
            self._register(settled)
            return Outcome.ADDED
        return await self._change(old, settled)

    def hindrance(self, entry: Entry) -> RowProblem | None:
        """Return why a row is wrong as things stand, or None; a row that another office examines is not."""
        settled = self._settle(entry, self.known.get(entry.id_number_hash))
        return settled if isinstance(settled, RowProblem) else None

    def _visible(self, resident: Resident | None) -> bool:
        return resident is not None and (self.accepted or self.caller.sees(resident.area_path))

    def _settle(self, entry: Entry, old: Resident | None) -> Entry | RowProblem:
        """Return the entry with the door that holds, or why it cannot go in as things stand in the caller's area."""
        known = old if self._visible(old) else None
        holder = self.holders.get(entry.card_hash or "")
        if self._visible(holder) and (old is None or old != holder):
            return RowProblem(entry.row, "卡号", CARD_HELD)
        if known is not None and particulars.is_dead(self.deps, known):
            return RowProblem(entry.row, "姓名", STATED_DEAD)
        door = entry.door
        if door is None or door.gap is None or self.accepted:
            return entry
        if known is not None and area.within(known.area_path, door.compound):
            stored = tuple(map(normal_form.door, known.area_path.removeprefix(door.compound).strip("/").split("/")))
            if places.agrees(door.parts, stored):
                return replace(entry, household_id=known.household_id, area_path=known.area_path)
            if len(stored) > len(door.parts):
                return RowProblem(entry.row, "房号", OTHER_DOOR)
        return RowProblem(entry.row, "楼栋", MAYBE_MERGED) if door.gap is Gap.MAYBE_MERGED else entry

    def _examined_for(self, entry: Entry, old: Resident | None) -> Resident | None:
        """Return the resident whose office examines the row; None where the official may carry it out alone."""
        if self.accepted:
            return None
        counts = old is not None and (not old.left or particulars.is_dead(self.deps, old))
        if old is not None and counts and not self.caller.sees(old.area_path):
            return old
        holder = self.holders.get(entry.card_hash or "")
        if holder is not None and holder != old:
            return holder
        if old is not None and self.own.concerns(old.resident_id, old.household_id) and self._differs(old, entry):
            return old
        return None

    def _differs(self, old: Resident, entry: Entry) -> bool:
        points = contacts.open_contact(self.deps, self.contacts_of.get(old.resident_id))
        return _updated(self.deps, old, entry) != old or _reached(points, entry) != points

    def _register(self, entry: Entry) -> None:
        resident = replace(_resident(self.deps, entry), import_id=self.why.import_id)
        self.new_residents.append(resident)
        self.added.append(Added(entry.row, resident.resident_id))
        self.new_cards.extend(Card(card_hash, resident.resident_id) for card_hash in resident.card_hashes)
        self.work.emit_first(events.ResidentRegistered.of(resident))
        if entry.phone:
            points = ContactPoints(phone=entry.phone)
            contact = contacts.seal_contact(self.deps, resident.resident_id, entry.area_path, points)
            self.new_contacts.append(contact)
            self.work.emit_first(events.ContactPointsChanged.of(contact))

    async def _change(self, old: Resident, entry: Entry) -> Outcome:
        """Change what the row states otherwise than the file, and nothing else; keep what was before."""
        deps, contact = self.deps, self.contacts_of.get(old.resident_id)
        new = _updated(deps, old, entry)
        points = contacts.open_contact(deps, contact)
        reached = _reached(points, entry)
        if new == old and reached == points:
            return Outcome.UNCHANGED
        self.doors[new.household_id] = new.area_path
        file, by = File(new, reached), self.caller.subject
        # Another row may be of the same person: by the ID number of a file that is merged into this one.
        self.known = {key: new if one.resident_id == new.resident_id else one for key, one in self.known.items()}
        await files.put(deps, File(old, points), file, contact, by, self.work, self.holders.keys())
        if change := changes.make(deps, old, new, replace(self.why, row=entry.row), (points, reached)):
            self.changes.append(change)
        return Outcome.ADDED if old.left else Outcome.CHANGED

    async def store(self) -> None:
        """Store what the rows have made."""
        stored = self.deps.store
        await stored.residents.ensure_households(self.doors, self.work)
        await stored.residents.insert(self.new_residents, self.work)
        await stored.contacts.insert(self.new_contacts, self.work)
        await stored.cards.insert(self.new_cards, self.work)
        await stored.history.insert(self.changes, self.work)
        if self.why.import_id:
            changed = [Changed(one.row or 0, one.resident_id, one.change_id) for one in self.changes]
            traces = undoing.traces(self.why.import_id, self.added, changed, pacing.LEAST)
            await stored.undoing.insert_traces(traces, self.work)
        await examining.ask(self.deps, self.caller, self.why.import_id or "", self.examined, self.work)


def _resident(deps: Deps, entry: Entry) -> Resident:
    resident_id = new_id()
    made = Resident(
        resident_id=resident_id,
        household_id=entry.household_id,
        area_path=entry.area_path,
        id_number_hash=entry.id_number_hash,
        sealed=Sealed(
            deps.sealer.seal(entry.name, NAME, resident_id), deps.sealer.seal(entry.id_number, ID_NUMBER, resident_id)
        ),
        card_hashes=(entry.card_hash,) if entry.card_hash else (),
        name_hashes=name_hashes(deps, entry.name),
        phone_hashes=phone_hashes(deps, entry.phone),
        number_hashes=number_hashes(deps, entry.id_number),
        categories=tuple(entry.categories or ()),
        gate_seal=gate_name(deps, resident_id, entry.name, entry.id_number),
    )
    return with_stated(deps, made, entry.stated)


def _reached(points: ContactPoints, entry: Entry) -> ContactPoints:
    same = entry.phone is None or normal_form.phone(points.phone or "") == entry.phone
    return points if same else replace(points, phone=entry.phone)


def _updated(deps: Deps, old: Resident, entry: Entry) -> Resident:
    new = replace(old, household_id=entry.household_id, area_path=entry.area_path, left=False)
    if old.left:
        new = particulars.back_here(deps, new, deps.today)
    if entry.categories is not None:
        new = replace(new, categories=tuple(entry.categories))
    if entry.card_hash is not None:
        new = replace(new, card_hashes=(entry.card_hash,))
    new = with_stated(deps, new, entry.stated)
    if open_name(deps, old) != entry.name:
        return rename(deps, new, entry.name)
    if (hashes := name_hashes(deps, entry.name)) != old.name_hashes:  # of an earlier version there are none
        new = replace(new, name_hashes=hashes)
    if old.gate_seal is None:
        new = replace(new, gate_seal=gate_name(deps, old.resident_id, entry.name, entry.id_number))
    return new
