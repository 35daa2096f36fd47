"""What the launcher prints at the beginning, at Ready and at the end; no line with an address is above 80 columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from deploy.launcher.directory import Directory
from deploy.launcher.program import program
from deploy.launcher.state import RunningCity
from deploy.sign_in.people import PEOPLE

CONSOLE, CHECKPOINT = "console", "checkpoint"
NAMED_PEOPLE = ("office-liu", "doctor-chen", "keeper-g01", "operator-ma")
_START_S = "15 to 40 s"


def beginning(services: int, servers: Sequence[str], directory: Directory) -> str:
    """Return what is started, how long that takes, and what becomes of the data."""
    what = [*servers, f"{services} services" if services > 1 else "one service"]
    data = "temporary: removed at the end; '--data DIR' keeps a city" if directory.temporary else "kept"
    return "\n".join(
        [
            f"Starting a city: {', '.join(what)}. It takes {_START_S} on two cores.",
            _entry("data", str(directory.root)),
            _entry("", data),
        ]
    )


@dataclass(frozen=True)
class Welcome:
    """The block of lines at Ready: addresses, who can sign in, how to get a token, and what to try."""

    city: RunningCity
    has_demo: bool

    def lines(self, took_s: float) -> list[str]:
        """Return the block."""
        return [f"Ready in {took_s:.1f} s", "", *self._addresses(), "", *self._next(), ""]

    def footer(self) -> str:
        """Return the line that stays below the table."""
        console = self.city.services.get(CONSOLE)
        return f"{f'console {console}   ' if console else ''}Ctrl-C ends the city"

    def _addresses(self) -> Iterator[str]:
        urls = self.city.services
        if CONSOLE in urls:
            yield _entry("console", urls[CONSOLE])
            yield from self._people()
        if CHECKPOINT in urls:
            yield _entry("gate page", f"{urls[CHECKPOINT]}/gate")
        yield _entry("a token", f"{program()} token --role doctor --area /jinhe/hedong")
        for number, (name, url) in enumerate(urls.items()):
            yield _entry("" if number else "APIs", f"{name:<13} {url}/docs")
        yield _entry("", "events: /asyncapi.json at each of these addresses")
        yield _entry("kafka", self.city.kafka)
        if self.city.store:
            yield _entry("mongo", self.city.store)
        yield _entry("" if self.city.store else "mongo", self.city.mongo)
        yield _entry("logs", str(self.city.logs))

    def _people(self) -> Iterator[str]:
        if not self.city.sign_in:
            yield _entry("", "no sign-in yet: start with --sign-in, or see docs/sign-in.md")
            return
        named = [PEOPLE[subject] for subject in NAMED_PEOPLE]
        yield _entry("sign in as", ", ".join(f"{person.name} ({person.work_in_english})" for person in named[:2]) + ",")
        yield _entry("", ", ".join(f"{person.name} ({person.work_in_english})" for person in named[2:]))
        yield _entry("", f"or one of {len(PEOPLE) - len(named)} others: a click, no password (for demos alone)")

    def _next(self) -> Iterator[str]:
        yield "What to try next:"
        urls = self.city.services
        if CONSOLE in urls and self.city.sign_in:
            yield f"  1. Open {urls[CONSOLE]} in a browser and choose a person."
        else:
            yield "  1. Get a token (above) and ask a service; each has its API at /docs."
        if self.has_demo and CHECKPOINT in urls:
            yield "  2. Be a gate: make a device's code, then enter it on the gate page:"
            yield f"     {program()} device enrol-code gate-01"
        elif self.has_demo:
            yield f"  2. Watch the demo, then check every scan of it: {program()} audit"
        else:
            yield f"  2. Fill the city with a community: {program()} demo"
        yield f"  3. From another terminal: {program()} status   (all commands: --help)"


def ending(directory: Directory) -> str:
    """Return what is kept at the end of a city, and how to have the same again."""
    if not directory.temporary:
        return (
            f"Ended; the data is in {directory.root}\n"
            "Nothing that was acknowledged is lost. The same city again, at the same addresses:\n"
            f"  {program()} up --data {directory.root}"
        )
    return f"Ended. This city was temporary: its data is removed.\nA city that is kept: {program()} up --data DIR"


def _entry(name: str, text: str) -> str:
    return f"  {name:<11} {text}"
