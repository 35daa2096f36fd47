"""The clerks in the demo: places, keepers, rosters, gates, risk regions, isolation orders, all over HTTP."""

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from deploy.demo import employers
from deploy.demo.people import COMMUNITY, Compound, Person, compounds, write_places, write_roster
from deploy.demo.staff import directory
from deploy.launcher.errors import LauncherError
from deploy.launcher.state import RunningCity
from deploy.service_client import PATIENCE_S, Refusal, ServiceClient
from shared.base.ids import derived_id, new_id

AT_ONCE = 2
CASES_AT_ONCE = 4
IMPORT_POLL_S = 0.2
IMPORT_STANDS_STILL_S = 180.0  # others' imports may be carried out before
HOME_HOUSEHOLDS, HOME_PEOPLE, CENTRAL_PEOPLE = 14, 46, 17
DOCTOR, POLICE, OFFICE = "doctor-chen", "police-zhao", "office-liu"
HIGH_RISK_REGION = "hubei/wuhan"
WATCHED_PLATES = ["鄂"]
NOT_KNOWN_YET = "isolation.no_such_resident"  # isolation reads the residents from the bus
NOT_KNOWN_S, NOT_KNOWN_POLL_S = 180.0, 0.5
Follow = Callable[[int], None]  # gets how much more is done


class DemoFailed(LauncherError):
    """The city took the demo's requests and did something else with them than the demo needs."""


class Office:
    """The clerks of the demo with their tokens, and the demo's own files; `say` gets what has to wait for long."""

    def __init__(
        self,
        city: RunningCity,
        directory: Path,
        say: Callable[[str], None] | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.city = city
        self.directory = directory
        self.directory.mkdir(parents=True, exist_ok=True)
        self._tokens = {
            "city": city.mint_token("city", area="/", subject="city-office"),
            "community": city.mint_token("community", area=COMMUNITY, subject=OFFICE),
            "doctor": city.mint_token("doctor", area=COMMUNITY, subject=DOCTOR),
        }
        self._client = ServiceClient(patience_s, say=say)

    def call(self, method: str, service: str, path: str, role: str = "community", **body: Any) -> Any:
        """Return the answer. Raises `Refusal`, and `ServerUnreachable` when the service does not answer for long."""
        return self._client.ask(service, method, self.city.url(service, path), self._tokens[role], **body)

    def first_day(self, today: date) -> date:
        """Return the day of the first demo on this city's data: a later one has the same people and cases."""
        kept = self.directory / "first-day"
        if not kept.exists():
            kept.write_text(today.isoformat())
        return date.fromisoformat(kept.read_text().strip())

    def is_registered(self, person: Person) -> bool:
        """Whether the city has a file of the person."""
        try:
            self.resident_id(person)
        except Refusal as error:
            if error.status == httpx.codes.NOT_FOUND:
                return False
            raise
        return True

    def keeper(self, person: str) -> str:
        """Make a token for a keeper; return the role by which `call` uses it."""
        if person not in self._tokens:
            self._tokens[person] = self.city.mint_token("grid_worker", area=COMMUNITY, subject=person)
        return person

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def define_places(self) -> None:
        """Import the place roster, put the demo's people into the staff directory, and assign the keepers."""
        roster = self.directory / "places.xlsx"
        write_places(roster)
        self._import("places", roster, "city")
        for entry in directory():
            self.call("POST", "registration", "/v1/staff", "city", json=entry)
        for path, body in employers.requests():
            self.call("POST", "registration", path, "city", json=body)
        duties = [("doctor", DOCTOR), ("police_contact", POLICE), ("area_leader", OFFICE)]
        self._keepers(COMMUNITY, duties)
        for compound in compounds():
            grid = compound.grid.rpartition("/")[2]
            self._keepers(compound.grid, [("grid_leader", f"grid-leader-{grid}"), ("keeper", f"keeper-{grid}")])

    def _keepers(self, path: str, duties: Sequence[tuple[str, str]]) -> None:
        keepers = [{"duty": duty, "person_id": person} for duty, person in duties]
        self.call("PUT", "registration", "/v1/places/keepers", params={"path": path}, json={"keepers": keepers})

    def _import(self, kind: str, roster: Path, role: str = "community", follow: Follow | None = None) -> Counter[str]:
        file, chosen = {"file": (roster.name, roster.read_bytes())}, {"import_id": new_id()}
        report = self.call("POST", "registration", f"/v1/imports/{kind}", role, files=file, data=chosen)
        report = self._finished(report, role, follow)
        if report["state"] != "done" or report["rejected"]:
            why = report["failure"] or f"{report['rejected']} rows were rejected: {report['problems'][:3]}"
            raise DemoFailed(f"The import of {roster} failed: {why}")
        return Counter({name: report[name] for name in ("rows", "added", "unchanged")})

    def _finished(self, report: dict[str, Any], role: str, follow: Follow | None) -> dict[str, Any]:
        """Wait for an import while it makes progress; `follow` gets how many rows. Raises `DemoFailed`."""
        handled, deadline = 0, time.monotonic() + IMPORT_STANDS_STILL_S
        while True:
            if report["handled"] > handled:
                if follow is not None:
                    follow(report["handled"] - handled)
                handled, deadline = report["handled"], time.monotonic() + IMPORT_STANDS_STILL_S
            if report["finished_at"] is not None:
                return report
            if time.monotonic() > deadline:
                raise DemoFailed(
                    f"The import of {report['file']} makes no progress at row {handled} of {report['rows']}: "
                    "look at registration's log and 'lastmetre status'"
                )
            time.sleep(IMPORT_POLL_S)
            report = self.call("GET", "registration", f"/v1/imports/{report['import_id']}", role)

    def register(self, residents: list[Person], follow: Follow | None = None) -> Counter[str]:
        """Write one roster for each compound and import them; return the counts."""
        totals: Counter[str] = Counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for counts in pool.map(lambda where: self._register(where, residents, follow), compounds()):
                totals += counts
        return totals

    def _register(self, where: Compound, residents: list[Person], follow: Follow | None) -> Counter[str]:
        roster = self.directory / f"{where.gate_id}.xlsx"
        write_roster(roster, [person for person in residents if person.compound == where.path])
        return self._import("residents", roster, follow=follow)

    def define_gates(self, now: datetime) -> None:
        """Define a checkpoint for each compound, its policy from now on, and its gate."""
        since = now.isoformat(timespec="seconds")
        for where in compounds():
            checkpoint = f"/v1/checkpoints/{where.gate_id}"
            facts = {"name": f"{where.name}卡口", "kind": "compound", "area_path": where.path}
            self.call("PUT", "checkpoint", checkpoint, json=facts)
            policy = {"watched_plates": WATCHED_PLATES, "reason": "查控风险地区车辆"}
            self.call("PUT", "checkpoint", f"{checkpoint}/policies/{since}", json=policy)
            gate = {"gate_id": where.gate_id, "name": f"{where.name}大门", "area_path": where.path}
            self.call("PUT", "checkpoint", "/v1/gates", json=gate | {"checkpoint_id": where.gate_id})

    def publish_risk_regions(self, today: date) -> None:
        """State the risk regions of the day."""
        regions = {HIGH_RISK_REGION: "high", "hubei": "medium"}
        self.call("PUT", "registration", f"/v1/risk-regions/{today}", "city", json={"regions": regions})

    def resident_id(self, person: Person) -> str:
        """Look a resident up by ID number."""
        file = self.call("POST", "registration", "/v1/residents/find", json={"id_number": person.id_number})
        return str(file["resident_id"])

    def order_isolation(self, residents: list[Person], today: date, follow: Follow | None = None) -> dict[str, Person]:
        """Order the reports' 46 people at home in 14 households and 17 at a site; return them by case."""
        doors: dict[tuple[str, str, str, str], list[Person]] = {}
        for person in residents:
            doors.setdefault(person.household, []).append(person)
        home = _households(list(doors.values()), HOME_HOUSEHOLDS, HOME_PEOPLE)
        taken = {person.household for person in home}
        central = [members[0] for members in doors.values() if members[0].household not in taken][5::300]
        wanted = [("home", person) for person in home] + [("central", person) for person in central[:CENTRAL_PEOPLE]]

        def order(kind: str, person: Person) -> str:
            case_id = self._order(kind, person, today)
            if follow is not None:
                follow(1)
            return case_id

        with ThreadPoolExecutor(CASES_AT_ONCE) as pool:
            case_ids = pool.map(lambda one: order(*one), wanted)
            return dict(zip(case_ids, (person for _, person in wanted), strict=True))

    def _order(self, kind: str, person: Person, today: date) -> str:
        """Order and confirm one case, as soon as isolation knows the resident; return its id."""
        case_id = derived_id("demo-case", person.id_number)
        order = {
            "case_id": case_id,
            "resident_id": self.resident_id(person),
            "kind": kind,
            "reason": "close contact",
            "starts_on": today.isoformat(),
            "length_days": 14,
        }
        deadline = time.monotonic() + NOT_KNOWN_S
        while True:
            try:
                self.call("POST", "isolation", "/v1/cases", "doctor", json=order)
                break
            except Refusal as error:
                if error.code != NOT_KNOWN_YET or time.monotonic() > deadline:
                    raise
                time.sleep(NOT_KNOWN_POLL_S)
        self.call("POST", "isolation", f"/v1/cases/{case_id}/confirmation")
        return case_id

    def declare_journey(self, resident_id: str, today: date) -> str:
        """Declare a journey from a high-risk region; return its id."""
        journey_id = derived_id("demo-journey", resident_id, today.isoformat())
        journey = {
            "journey_id": journey_id,
            "resident_id": resident_id,
            "origin_region": HIGH_RISK_REGION,
            "departs_on": (today - timedelta(days=1)).isoformat(),
            "arrives_on": today.isoformat(),
            "transport": "G1234",
        }
        self.call("POST", "registration", "/v1/journeys", json=journey)
        return journey_id

    def code(self, resident_id: str) -> str:
        """Return a resident's signed health code."""
        return str(self.call("GET", "registration", f"/v1/residents/{resident_id}/code")["code"])

    def remember(self, **facts: Any) -> None:
        """Store facts about the demo in its directory, for people and tests."""
        (self.directory / "demo.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1))


def _households(doors: list[list[Person]], households: int, persons: int) -> list[Person]:
    """Choose `households` doors behind which exactly `persons` live."""
    chosen: list[Person] = []
    by_size = sorted(doors[3::5], key=len, reverse=True)
    for left in range(households, 0, -1):
        wanted = (persons - len(chosen)) // left
        members = next(m for m in by_size if len(m) <= max(wanted, 1) or (left == 1 and len(m) == wanted))
        by_size.remove(members)
        chosen += members
    return chosen
