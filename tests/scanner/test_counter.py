"""What a line does between two scans: direction, temperature, vehicles, visitors, emergencies; nothing carries over."""

from itertools import product

import pytest

from services.checkpoint.client.commands import Command, Unknown, command_of
from services.checkpoint.client.counter import FORM_FOR_S, NEXT_FOR_S, VEHICLE_FOR_S, Counter, Effect, Note, Register
from services.checkpoint.client.counter import Scan as ToScan
from services.checkpoint.client.gate import Passing
from services.checkpoint.client.keys import Ended, Entered, Event, Keyboard, Pressed
from services.checkpoint.client.recognition import recognised
from services.checkpoint.domain.decision import Measured
from services.checkpoint.domain.reading import Unread, read
from services.checkpoint.domain.scan import Override
from shared.events.checkpoint import Direction

FORMS = (".{}", ".{}.", "。{}", "．{}", "]C1.{}.")
WORDS = [word for one in Command for word in one.value]


@pytest.fixture
def counter() -> Counter:
    """A gate's counter at the beginning of a shift."""
    return Counter(Direction.IN, None, by_hand=True)


def enter(counter: Counter, *texts: str, now: float = 0.0) -> list[Effect]:
    """Enter the lines; return what the last of them does."""
    effects: list[Effect] = []
    for text in texts:
        effects = counter.enter(Entered(text), now)
    return effects


def scanned(effects: list[Effect]) -> list[Passing]:
    return [one.passing for one in effects if isinstance(one, ToScan)]


def of_one(effects: list[Effect]) -> Passing:
    (passing,) = scanned(effects)
    return passing


def test_no_command_is_a_credential_also_where_a_printed_one_lost_its_first_sign() -> None:
    for word, form in product(WORDS, FORMS):
        line = read(form.format(word))
        assert (line.problem, line.temperature_c) == (Unread.NO_CREDENTIAL, None), form.format(word)
        assert read(f"{word}.").problem is not None


def test_commands_are_read_in_every_case_and_by_input_methods() -> None:
    for text in (".OUT", ".out", ".OUT.", "。out", "．ＯＵＴ", ".出", " .出。", "\x02.OUT.\x03", "]C1.OUT."):
        assert command_of(text) is Command.OUT, text
    assert command_of(".OTU") == Unknown("OTU")
    for text in ("OUT", "K-7110", "LM1:a.b", "V-7K2M9QXD", "津A12345", "36.8", ".5", "", "出"):
        assert command_of(text) is None, text


def test_the_direction_holds_until_it_is_changed(counter: Counter) -> None:
    ways = [of_one(enter(counter, text)).seen.direction for text in ("K-1", "K-2")]
    enter(counter, ".OUT")
    ways += [of_one(enter(counter, text)).seen.direction for text in ("K-3", "K-4")]
    counter.press("F2", 0.0)
    ways.append(of_one(enter(counter, "K-5")).seen.direction)
    assert ways == [Direction.IN, Direction.IN, Direction.OUT, Direction.OUT, Direction.IN]


def test_temperature_mask_and_emergency_are_of_the_next_person_alone(counter: Counter) -> None:
    enter(counter, "38.2", ".NOMASK", ".SOS")
    first, second = of_one(enter(counter, "K-1")), of_one(enter(counter, "K-2"))
    assert (first.seen, first.override) == (Measured(Direction.IN, 38.2, False), Override.MEDICAL_EMERGENCY)
    assert (second.seen, second.override) == (Measured(Direction.IN), None)


def test_what_waits_for_a_person_who_does_not_come_is_cleared_with_a_word(counter: Counter) -> None:
    enter(counter, "38.2", ".MASK")
    assert counter.expire(NEXT_FOR_S) == []
    (note,) = counter.expire(NEXT_FOR_S + 1)
    assert isinstance(note, Note)
    assert note.bad
    assert of_one(enter(counter, "K-1")).seen == Measured(Direction.IN)


@pytest.mark.parametrize("text", ["K-7110", "LM1:abc.def", "11010519491231002X", "V-7K2M9QXD", "1234"])
def test_a_scan_that_comes_while_the_temperature_is_asked_for_is_a_scan(counter: Counter, text: str) -> None:
    counter.press("F4", 0.0)
    passing = of_one(enter(counter, text))
    assert passing == Passing(recognised(text), Measured(Direction.IN))
    assert not counter.asks_temperature


def test_the_temperature_that_is_asked_for_may_be_a_whole_number_and_must_be_one_of_a_body(counter: Counter) -> None:
    for wrong in ("98", "3.68", "7"):
        assert enter(counter, ".TEMP", wrong) != []
        assert counter.next.temperature_c is None
    enter(counter, ".TEMP", "37")
    assert of_one(enter(counter, "K-1")).seen.temperature_c == 37.0


def test_of_two_temperatures_of_one_person_the_higher_one_counts(counter: Counter) -> None:
    enter(counter, "38.1")
    assert of_one(enter(counter, "K-1;36.6")).seen.temperature_c == 38.1


def test_a_vehicle_is_a_plate_then_each_person_then_enter(counter: Counter) -> None:
    assert enter(counter, "津A12345;36.5", "K-1", "K-1", "LM1:abc.def;38.0") == []
    passing = of_one(enter(counter, ""))
    assert passing.line.value == "津A12345"
    assert [one.value for one in passing.on_board] == ["K-1", "LM1:abc.def"]
    assert passing.seen == Measured(Direction.IN, 38.0)  # a fever on board is not lost
    assert of_one(enter(counter, "K-2")).on_board == ()


@pytest.mark.parametrize("end", [".DONE", ".CAR", "", "津A12345", "沪B54321"])
def test_a_vehicle_ends_in_every_way_that_a_keeper_ends_it(counter: Counter, end: str) -> None:
    enter(counter, "津A12345", "K-1")
    assert [one.value for one in of_one(enter(counter, end)).on_board] == ["K-1"]
    assert (counter.vehicle is not None) is (end == "沪B54321")  # the next vehicle


def test_a_plate_that_is_read_twice_is_one_vehicle(counter: Counter) -> None:
    assert scanned(enter(counter, "津A12345", "津A12345")) == []
    assert [one.value for one in of_one(enter(counter, "K-1", "")).on_board] == ["K-1"]


def test_a_vehicle_that_a_keeper_forgets_is_decided_on_and_so_is_one_at_the_end(counter: Counter) -> None:
    enter(counter, "津A12345", "K-1")
    assert len(of_one(counter.expire(VEHICLE_FOR_S + 1)).on_board) == 1
    enter(counter, "津A12345")
    assert of_one(counter.end()).line.value == "津A12345"


def test_in_an_emergency_a_vehicle_passes_at_once_and_a_person_who_was_stopped_needs_no_second_scan(
    counter: Counter,
) -> None:
    enter(counter, ".FIRE")
    assert of_one(enter(counter, "津A12345")).override is Override.FIRE
    counter.stopped = stopped = Passing(recognised("K-9"), Measured(Direction.IN, 38.5))
    enter(counter, ".SOS")
    assert of_one(enter(counter, "")) == stopped._replace(override=Override.MEDICAL_EMERGENCY)
    counter.stopped = None
    counter.press("F7", 0.0)
    without = of_one(enter(counter, ""))
    assert (without.line.value, without.line.problem) == ("?", Unread.NO_CREDENTIAL)


def test_f7_goes_through_the_emergencies_and_back(counter: Counter) -> None:
    seen = []
    for _ in range(4):
        counter.press("F7", 0.0)
        seen.append(counter.next.override)
    assert seen == [Override.MEDICAL_EMERGENCY, Override.FIRE, Override.POLICE, None]


def test_a_visitor_is_asked_for_field_by_field_and_a_scan_in_between_is_a_scan(counter: Counter) -> None:
    enter(counter, ".VISITOR", "王小明")
    assert of_one(enter(counter, "LM1:abc.def")).line.value == "LM1:abc.def"
    assert of_one(enter(counter, "K-7110")).line.value == "K-7110"
    (wrong,) = enter(counter, "#!")
    assert isinstance(wrong, Note)
    (register,) = enter(counter, "138 1234 5678", "2", "8", "")
    assert isinstance(register, Register)
    assert register.form.answers == {
        "name": "王小明",
        "phone": "13812345678",
        "purpose": "delivery",
        "hours": "8",
        "id_number": "",
    }
    counter.registered("V-7K2M9QXD")
    assert of_one(enter(counter, "K-1")).line.value == "K-1"
    assert of_one(enter(counter, "")).line.value == "V-7K2M9QXD"
    assert counter.slip == ""


def test_a_visitors_data_do_not_stay_on_the_screen(counter: Counter) -> None:
    enter(counter, ".VISITOR", "王小明")
    counter.expire(FORM_FOR_S + 1)
    assert counter.form is None
    enter(counter, ".VISITOR", "王小明", ".CANCEL")
    assert counter.form is None


def test_an_unknown_command_does_nothing_and_says_so(counter: Counter) -> None:
    (note,) = enter(counter, ".OTU")
    assert isinstance(note, Note)
    assert note.bad
    assert counter.direction is Direction.IN


def test_in_a_file_a_plate_is_a_vehicle_and_a_temperature_a_scan_by_itself() -> None:
    counter = Counter(Direction.IN, True, by_hand=False)
    assert of_one(enter(counter, "津A12345")).on_board == ()
    fever = of_one(enter(counter, ";38.5"))
    assert (fever.seen.temperature_c, fever.line.problem) == (38.5, Unread.NOTHING)
    assert of_one(enter(counter, "K-1")).seen.mask is True  # --mask is of all people


class Hand:
    """Types on a keyboard at the times of a person, and scans at those of a wedge."""

    def __init__(self) -> None:
        self.keyboard = Keyboard()
        self.now = 100.0

    def types(self, text: str) -> list[Event]:
        return self._send(text, 0.15)

    def scans(self, text: str, end: str = "\r") -> list[Event]:
        self.now += 0.5
        return self._send(text + end, 0.004)

    def _send(self, text: str, pace_s: float) -> list[Event]:
        events: list[Event] = []
        for byte in text.encode():
            events += self.keyboard.feed(bytes([byte]), self.now)
            self.now += pace_s
        return events


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\r"])
def test_a_wedge_ends_a_line_in_every_way_and_presses_enter_once(end: str) -> None:
    assert Hand().scans("K-7110", end) == [Entered("K-7110")]
    assert Hand().types("\r") == [Entered("")]


@pytest.mark.parametrize(
    ("typed", "scan", "value", "degrees"),
    [
        ("36.8", "K-7110", "K-7110", 36.8),
        ("36.", "K-7110", "K-7110", None),
        ("津A1", "LM1:abc.def", "LM1:abc.def", None),
        ("12", "11010519491231002X", "11010519491231002X", None),
        ("x", "V-7K2M9QXD", "V-7K2M9QXD", None),
    ],
)
def test_a_scan_behind_what_was_typed_is_the_scan(
    counter: Counter, typed: str, scan: str, value: str, degrees: float | None
) -> None:
    hand = Hand()
    hand.types(typed)
    (entered,) = hand.scans(scan)
    assert isinstance(entered, Entered)
    passing = of_one(counter.enter(entered, 0.0))
    assert (passing.line.value, passing.seen.temperature_c) == (value, degrees)


def test_where_a_card_and_what_was_typed_may_be_one_card_the_keeper_is_asked_to_scan_again(counter: Counter) -> None:
    hand = Hand()
    hand.types("36")
    (entered,) = hand.scans("K-7110")
    assert isinstance(entered, Entered)
    (note,) = counter.enter(entered, 0.0)
    assert isinstance(note, Note)
    counter.press("F4", 0.0)  # but where a temperature is asked for, 36 was the beginning of one
    assert of_one(counter.enter(entered, 0.0)).line.value == "K-7110"


def test_a_card_that_is_typed_by_hand_is_one_card(counter: Counter) -> None:
    hand = Hand()
    (entered,) = hand.types("K-7110\r")
    assert entered == Entered("K-7110")


def test_keys_are_keys_and_control_signs_of_a_scanner_are_part_of_its_scan() -> None:
    hand = Hand()
    assert hand.types("\x1bOQ") == [Pressed("F2")]
    assert hand.types("\x1b[18~") == [Pressed("F7")]
    assert hand.types("\x1b[A\x1b[1;5C") == []  # arrows
    assert hand.scans("\x02K-7110\x03") == [Entered("\x02K-7110\x03")]
    assert hand.types("ab\x7f\x7f\x15K-1\r") == [Entered("K-1")]
    assert hand.types("\x1b") == []
    assert hand.keyboard.rest(hand.now + 1) == [Pressed("Esc")]
    assert hand.types("\x03") == [Ended(True)]
