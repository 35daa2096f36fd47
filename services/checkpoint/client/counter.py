"""What lies between two scans at a gate: direction, what was measured, a vehicle, a visitor's form, an emergency.

Everything of a person ends with that person's scan: temperature, mask and emergency never hold for the next one.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from services.checkpoint.client import words
from services.checkpoint.client.commands import KEYS, Command, Unknown, command_of
from services.checkpoint.client.errors import Pair
from services.checkpoint.client.gate import Passing
from services.checkpoint.client.keys import Entered
from services.checkpoint.client.recognition import Line, Unreadable, recognised
from services.checkpoint.client.typed import credential_of, degrees_of, separate
from services.checkpoint.client.visitors import Form
from services.checkpoint.domain.decision import Measured
from services.checkpoint.domain.reading import UNREAD_TEXTS, Unread
from services.checkpoint.domain.scan import MAX_ON_BOARD, TEMPERATURE_RANGE_C, Override
from shared.base.temperature import lies_within
from shared.events.checkpoint import CredentialKind, Direction

NEXT_FOR_S = 60.0  # so long what was measured waits for its person
VEHICLE_FOR_S = 120.0
FORM_FOR_S = 180.0
_SHORT = 3
_NO_CREDENTIAL = Line(CredentialKind.CARD, "?", None, Unread.NO_CREDENTIAL)
_OVERRIDES = {Command.MEDICAL: Override.MEDICAL_EMERGENCY, Command.FIRE: Override.FIRE, Command.POLICE: Override.POLICE}


class Note(NamedTuple):
    """A sentence for the keeper; a `bad` one says that something did not count."""

    texts: Pair
    bad: bool = False


class Scan(NamedTuple):
    """A person or a vehicle to decide on."""

    passing: Passing


class Register(NamedTuple):
    """A visitor to register."""

    form: Form


class Show(NamedTuple):
    """What the screen changes by itself: the language or the help."""

    what: Command


Effect = Note | Scan | Register | Show


@dataclass
class Next:
    """What is known of the next person alone; `stopped` is who passes in an emergency without another scan."""

    temperature_c: float | None = None
    mask: bool | None = None
    override: Override | None = None
    stopped: Passing | None = None


@dataclass
class Vehicle:
    """A vehicle whose people are being scanned; temperature and mask are those of whom they were measured."""

    plate: Line
    people: list[Line] = field(default_factory=list)
    temperature_c: float | None = None
    mask: bool | None = None
    override: Override | None = None

    def measure(self, temperature_c: float | None, mask: bool | None) -> None:
        """Keep the highest temperature, and a mask that is missing."""
        known = [one for one in (self.temperature_c, temperature_c) if one is not None]
        self.temperature_c = max(known, default=None)
        self.mask = mask if self.mask is not False and mask is not None else self.mask


class Counter:
    """Takes what the keeper enters; returns what is to be done.

    `by_hand` is false for files, whose lines are all scans: a plate alone is a vehicle, a temperature alone a scan.
    """

    def __init__(self, direction: Direction, mask: bool | None, by_hand: bool) -> None:
        self.direction = direction
        self._mask = mask
        self._by_hand = by_hand
        self.next = Next(mask=mask)
        self.asks_temperature = self.asks_plate = False
        self.vehicle: Vehicle | None = None
        self.form: Form | None = None
        self.slip = ""
        self.stopped: Passing | None = None  # whose STOP or CHECK the keeper sees
        self._since = 0.0

    def enter(self, entered: Entered, now: float) -> list[Effect]:
        """Return what a line does."""
        self._since = now
        command = command_of(entered.text)
        if isinstance(command, Unknown):
            return [Note(words.no_command(command.text), bad=True)]
        if command is not None:
            return self._command(command)
        if not entered.text.strip():
            return self._enter_nothing()
        text, head = separate(entered, self.asks_temperature)
        if text is None:
            return [Note(words.RAN_TOGETHER, bad=True)]
        if (degrees := degrees_of(head, is_asked=True)) is not None:
            self._measure(degrees)
        if self._by_hand and (answered := self._answer(text)) is not None:
            return answered
        return self._scan(text)

    def press(self, key: str, now: float) -> list[Effect]:
        """Return what a key does."""
        self._since = now
        return self._command(KEYS[key][0])

    def expire(self, now: float) -> list[Effect]:
        """Return what becomes of what waited too long: a vehicle is decided on, all else is given up."""
        waited_s = now - self._since
        if self.vehicle and waited_s > VEHICLE_FOR_S:
            return self._complete()
        if (self.form or self.slip) and waited_s > FORM_FOR_S:
            self.form, self.slip = None, ""
            return [Note(words.FORM_EXPIRED, bad=True)]
        waits = self.next != Next(mask=self._mask) or self.asks_temperature or self.asks_plate
        if waits and not self.vehicle and waited_s > NEXT_FOR_S:
            self._begin_anew()
            return [Note(words.NEXT_EXPIRED, bad=True)]
        return []

    def end(self) -> list[Effect]:
        """Return what is left to be done when the program ends: a vehicle that was begun."""
        return self._complete()

    def registered(self, slip: str) -> None:
        """Offer the slip of a visitor, who is registered now, for a scan."""
        self.form, self.slip = None, slip

    def _command(self, command: Command) -> list[Effect]:
        self.asks_temperature = command is Command.TEMPERATURE
        if command in (Command.IN, Command.OUT, Command.OTHER_WAY):
            return self._turn(command)
        if command in (Command.MASK, Command.NO_MASK, Command.NEXT_MASK):
            worn = {Command.MASK: True, Command.NO_MASK: False}
            self.next.mask = worn.get(command, {None: True, True: False, False: None}[self.next.mask])
            return [Note(words.mask(self.next.mask))]
        if command in _OVERRIDES or command is Command.NEXT_OVERRIDE:
            return self._override(_OVERRIDES.get(command))
        if command is Command.TEMPERATURE:
            return []
        if command in (Command.VEHICLE, Command.DONE):
            return self._vehicle(command)
        if command is Command.VISITOR:
            self.form, self.slip = self.form or Form(), ""
            return []
        return self._cancel() if command is Command.CANCEL else [Show(command)]

    def _turn(self, command: Command) -> list[Effect]:
        other = Direction.OUT if self.direction is Direction.IN else Direction.IN
        self.direction = {Command.IN: Direction.IN, Command.OUT: Direction.OUT}.get(command, other)
        return [Note(words.direction(self.direction))]

    def _override(self, named: Override | None) -> list[Effect]:
        order = [None, *_OVERRIDES.values()]
        whose = self.vehicle or self.next
        whose.override = named or order[(order.index(whose.override) + 1) % len(order)]
        self.next.stopped = self.stopped or self.next.stopped
        return [Note(words.override_next(whose.override))]

    def _vehicle(self, command: Command) -> list[Effect]:
        if self.vehicle:
            return self._complete()
        if command is Command.DONE:
            return [Note(words.NO_VEHICLE, bad=True)]
        self.asks_plate = not self.asks_plate
        return []

    def _cancel(self) -> list[Effect]:
        was = self.vehicle or self.form or self.slip or self.asks_plate or self.next != Next(mask=self._mask)
        self.vehicle, self.form, self.slip = None, None, ""
        self._begin_anew()
        return [Note(words.CANCELLED)] if was else []

    def _begin_anew(self) -> None:
        self.next = Next(mask=self._mask)
        self.asks_temperature = self.asks_plate = False

    def _enter_nothing(self) -> list[Effect]:
        self.asks_temperature = self.asks_plate = False
        if self.form:
            if self.form.question is None or (self.form.fill("") and self.form.question is None):
                return [Register(self.form)]
            return []
        if self.next.override and not self.vehicle:
            return self._let_pass(self.next.override)
        if self.slip:
            return self._scan(self.slip)
        return self._complete()

    def _let_pass(self, override: Override) -> list[Effect]:
        """Let pass who was stopped, or a person without any credential."""
        seen = Measured(self.direction, self.next.temperature_c, self.next.mask)
        passing = self.next.stopped or Passing(_NO_CREDENTIAL, seen)
        self._begin_anew()
        return [Scan(passing._replace(override=override))]

    def _answer(self, text: str) -> list[Effect] | None:
        """Return what an answer to a prompt does, or a temperature by itself; None for a line that may be a scan."""
        if (degrees := degrees_of(text, self.asks_temperature)) is not None:
            return self._measure(degrees)
        if self.asks_temperature and len(text.strip()) <= _SHORT:
            return [Note(UNREAD_TEXTS[Unread.NO_TEMPERATURE], bad=True)]
        if self.form and self.form.fill(text):
            return [Register(self.form)] if self.form.question is None else []
        if self.form and credential_of(text) is None:
            return [Note(words.WRONG_ANSWER, bad=True)]
        return None

    def _measure(self, degrees: float) -> list[Effect]:
        if not lies_within(degrees, TEMPERATURE_RANGE_C):
            return [Note(UNREAD_TEXTS[Unread.NO_TEMPERATURE], bad=True)]
        self.next.temperature_c = degrees
        self.asks_temperature = False
        return [Note(words.temperature(degrees))]

    def _scan(self, text: str) -> list[Effect]:
        try:
            line = recognised(text)
        except Unreadable as error:
            return [Note(words.unread(error.texts), bad=True)]
        before: list[Effect] = []
        if self.vehicle and line.kind is CredentialKind.PLATE and not line.problem:
            again = line.value == self.vehicle.plate.value
            if not again or self.vehicle.people:
                self.vehicle.measure(line.temperature_c, None)
                before = self._complete()
            if again:
                return before
        if self.vehicle:
            return self._board(self.vehicle, line)
        measured = max((one for one in (line.temperature_c, self.next.temperature_c) if one is not None), default=None)
        mask, override = self.next.mask, self.next.override
        self._begin_anew()
        self.slip = "" if line.value == self.slip else self.slip
        if line.kind is CredentialKind.PLATE and self._by_hand and override is None:
            self.vehicle = Vehicle(line, [], measured, mask)
            return before
        return [*before, Scan(Passing(line, Measured(self.direction, measured, mask), (), override))]

    def _board(self, vehicle: Vehicle, line: Line) -> list[Effect]:
        vehicle.measure(line.temperature_c, self.next.mask)
        vehicle.measure(self.next.temperature_c, None)
        self._begin_anew()
        if (line.kind, line.value) in [(one.kind, one.value) for one in vehicle.people]:
            return [Note(words.ON_BOARD_ALREADY)]
        vehicle.people.append(line)
        return self._complete() if len(vehicle.people) == MAX_ON_BOARD else []

    def _complete(self) -> list[Effect]:
        vehicle, self.vehicle = self.vehicle, None
        if vehicle is None:
            return []
        vehicle.measure(self.next.temperature_c, self.next.mask)
        self._begin_anew()
        seen = Measured(self.direction, vehicle.temperature_c, vehicle.mask)
        return [Scan(Passing(vehicle.plate, seen, tuple(vehicle.people), vehicle.override))]
