"""The program at a gate while it runs: what comes in goes to the counter, what is decided to the screen."""

import time
from collections import Counter as Tally
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from services.checkpoint.client import words
from services.checkpoint.client.commands import Command
from services.checkpoint.client.counter import Counter, Effect, Note, Register, Scan
from services.checkpoint.client.errors import Bilingual, Pair
from services.checkpoint.client.gate import Display, Passing
from services.checkpoint.client.inputs import Inputs
from services.checkpoint.client.keys import Ended, Entered, Event, Pressed
from services.checkpoint.client.running import Running
from services.checkpoint.client.screen import Around, Lines
from services.checkpoint.client.terminal import Terminal
from services.checkpoint.client.view import Outcome, Site, View, frame
from services.checkpoint.client.visitors import Form, register
from services.checkpoint.client.zone import prompt
from shared.events.checkpoint import Verdict

NEUTRAL_AFTER_S = {Verdict.ALLOW: 6.0, Verdict.RECHECK: 12.0, Verdict.DENY: 12.0}
_NOTE_FOR_S = 6.0
HOLD_S = 0.3  # a STOP stays at least so long where the next scan has come already
_TICK_S = 0.2
_BELLS = {Verdict.ALLOW: 1, Verdict.RECHECK: 2, Verdict.DENY: 3}


class Presenter(Protocol):
    """How the keeper sees it: on a whole screen, or in plain lines. `holds`: a new verdict replaces the one before."""

    holds: bool

    def draw(self, view: View, bells: int = 0) -> None:
        """Show how everything is now."""

    def show(self, display: Display, view: View) -> None:
        """Show a new verdict."""

    def tell(self, texts: Pair, view: View) -> None:
        """Show a sentence."""


class WholeScreen:
    """Draws the view on a terminal; each verdict rings the bell."""

    holds = True

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def draw(self, view: View, bells: int = 0) -> None:
        """Show how everything is now. Raises `TerminalLost`."""
        size = self._terminal.size
        self._terminal.draw(frame(view, *size), size, bells)

    def show(self, display: Display, view: View) -> None:
        """Show a new verdict. Raises `TerminalLost`."""
        self.draw(view, 3 if not display.recorded else _BELLS[display.verdict])

    def tell(self, texts: Pair, view: View) -> None:
        """Show a sentence. Raises `TerminalLost`."""
        self.draw(view)


class PlainLines:
    """Prints verdicts and sentences as lines."""

    holds = False

    def __init__(self) -> None:
        self._asked: Pair | None = None

    def draw(self, view: View, bells: int = 0) -> None:
        """Print what is asked, once."""
        asked = prompt(view.counter)
        if asked and asked != self._asked:
            self.tell(asked, view)
        self._asked = asked

    def show(self, display: Display, view: View) -> None:
        """Print a new verdict."""
        self._lines(view).show(display, view.around)

    def tell(self, texts: Pair, view: View) -> None:
        """Print a sentence."""
        self._lines(view).tell(texts)

    def _lines(self, view: View) -> Lines:
        return Lines(("zh", "en")[view.language])


class Station:
    """One run of the program. `read` counts the lines that were read and those that were not."""

    def __init__(
        self, running: Running, counter: Counter, inputs: Inputs, presenter: Presenter, site: Site, language: int
    ) -> None:
        self._running = running
        self._counter = counter
        self._inputs = inputs
        self._presenter = presenter
        self._view = View(language, site, counter, self._around())
        self._fresh_at = time.monotonic()
        self.read: Tally[bool] = Tally()
        self.not_recorded = 0

    @property
    def language(self) -> int:
        """The language that the keeper chose: 0 for Chinese, 1 for English."""
        return self._view.language

    def run(self) -> None:
        """Take what comes in until it ends. Raises `TerminalLost`, and what an input raises."""
        with self._inputs.signals():
            if warned := self._view.around.clock:
                self._presenter.tell(warned, self._view)
            while True:
                self._refresh()
                self._presenter.draw(self._view)
                event = self._inputs.next(_TICK_S)
                if isinstance(event, Ended):
                    break
                self._do(self._counter.expire(time.monotonic()) if event is None else self._take(event))
            self._do(self._counter.end())

    def _take(self, event: Event) -> list[Effect]:
        now = time.monotonic()
        view = self._view
        stops = view.latest is not None and view.latest.display.verdict is not Verdict.ALLOW
        self._counter.stopped = view.latest.passing if stops and view.latest else None
        if isinstance(event, Pressed):
            view.latest, view.note = None, None
            return self._counter.press(event.key, now)
        if not isinstance(event, Entered):
            return []
        if stops and self._presenter.holds:
            time.sleep(max(0.0, self._fresh_at + HOLD_S - now))
        view.latest, view.note, view.is_helping = None, None, False
        return self._counter.enter(event, now)

    def _do(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Scan):
                self._decide(effect.passing)
            elif isinstance(effect, Register):
                self._register(effect.form)
            elif isinstance(effect, Note):
                self.read[False] += effect.bad
                self._note(effect)
            elif effect.what is Command.LANGUAGE:
                self._view.language = 1 - self._view.language
            else:
                self._view.is_helping = not self._view.is_helping

    def _decide(self, passing: Passing) -> None:
        view = self._view
        view.is_checking, view.typed = True, self._inputs.keyboard.text
        self._presenter.draw(view)
        try:
            display = self._running.scan(passing)
        finally:
            view.is_checking = False
        self.read[passing.line.problem is None] += 1
        self.not_recorded += not display.recorded
        view.around = self._around()
        local = view.around.now
        answer = view.recent[0].answer + 1 if view.recent else 1
        view.latest = Outcome(answer, local, display, passing)
        without_names = tuple(one._replace(person="") for one in display.on_board)
        view.recent.appendleft(view.latest._replace(display=replace(display, person="", on_board=without_names)))
        self._fresh_at = time.monotonic()
        self._presenter.show(display, view)

    def _register(self, form: Form) -> None:
        self._view.is_checking = True
        self._presenter.draw(self._view)
        try:
            slip = register(self._running.link, form, self._running.clock.now())
        except Bilingual as error:
            self._note(Note(error.texts, bad=True))
        else:
            self._counter.registered(slip)
            self._note(Note(words.REGISTERED))
        finally:
            self._view.is_checking = False

    def _note(self, note: Note) -> None:
        self._view.note = note
        self._fresh_at = time.monotonic()
        self._presenter.tell(note.texts, self._view)

    def _refresh(self) -> None:
        view = self._view
        view.around = self._around()
        view.typed = self._inputs.keyboard.text
        stays_s = NEUTRAL_AFTER_S[view.latest.display.verdict] if view.latest else _NOTE_FOR_S
        if time.monotonic() - self._fresh_at > stays_s:
            view.latest, view.note = None, None
        lists = self._running.copy.lists
        if lists is not None:
            site = view.site
            view.site = site._replace(name=lists.gate_name or site.gate_id, place=lists.place or site.place)

    def _around(self) -> Around:
        running = self._running
        lists = running.copy.lists
        now: datetime = running.clock.now()
        local = now.astimezone(lists.zone if lists else None)
        unsent, trouble, texts = running.around()
        condition = running.condition
        return Around(
            local, unsent, trouble, texts, running.clock.warning(), condition.online, lists.as_of if lists else None
        )
