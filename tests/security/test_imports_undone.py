"""An import is undone: each file gets back what it was, and what has changed since stays and is listed."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from services.registration.usecases import undoing
from services.registration.usecases.undoing import STEP
from shared.events.registration import ResidentEvent
from shared.store.act_log import ACTS, log_of
from shared.store.deadlines import MAX_MISTAKES
from tests.conftest import MakeService
from tests.registration.office import COMPOUND, GRID, TODAY, Office, office, person, text
from tests.registration.resident import Resident
from tests.registration.test_changes import changed, history
from tests.registration.test_import_work import small_steps
from tests.shared.crashes import Crash, crashing
from tests.support.service import MORNING

__all__ = ["small_steps"]
REASON = {"reason": "名册来自另一社区"}


async def undo(here: Office, import_id: str, client: Any = None) -> Any:
    return await (client or here.clerk).post(f"/v1/imports/{import_id}/undo", json=REASON)


async def step(here: Office) -> None:
    """Carry out one step, as a process does that has rested and in which no lease of a dead one runs any more."""
    await here.service.database["deadlines"].update_many({}, {"$set": {"leased_until": MORNING}})
    handler = here.service.parts.deadlines[STEP]
    handler._rests_until = 0.0  # type: ignore[attr-defined]
    await here.service.deps.deadlines.handle_one({STEP: handler}, here.service.deps)


async def undone(here: Office, import_id: str, client: Any = None) -> dict[str, Any]:
    """Undo an import and return the report once that is finished."""
    accepted = await undo(here, import_id, client)
    assert accepted.status_code == 202, accepted.text
    report = accepted.json()
    while report["state"] == "running":
        await step(here)
        report = (await here.city.get(accepted.headers["location"])).json()
    return dict(report)


def numbers(report: dict[str, Any]) -> tuple[int, int, int]:
    return report["restored"], report["withdrawn"], report["kept"]


async def list_kept(here: Office, import_id: str) -> list[tuple[int, str]]:
    page = (await here.clerk.get(f"/v1/imports/{import_id}/undo/kept")).json()
    return [(one["row"], one["cause"]) for one in page["items"]]


async def test_an_undone_import_gives_each_file_back_what_it_was(service: MakeService) -> None:
    here = await office(service)
    row = {"categories": "残疾", "card": "CARD-1"}
    await here.imported(person(1, **row), person(2))
    before = [await here.find_resident(n) for n in (1, 2)]
    changes = {"name": "李小伟", "room": "909", "phone": "19911112222", "categories": "无", "card": "CARD-2"}
    report = await here.imported(person(1, **changes), person(2, phone="19933334444"), person(3))
    published = len(await here.service.emitted())
    done = await undone(here, report["import_id"])
    assert (done["state"], numbers(done), done["handled"], done["rows"]) == ("done", (2, 1, 0), 3, 3)
    assert [await here.find_resident(n) for n in (1, 2)] == before
    newest = {e.resident_id: e for e in await here.events_since(published) if isinstance(e, ResidentEvent)}
    first = newest[before[0]["resident_id"]]
    assert (first.area_path, first.categories) == (f"{COMPOUND}/1/2/101", ("disabled",))
    (restored, made) = await history(here, before[0]["resident_id"])
    assert (restored["act"], restored["undoes"], restored["reason"]) == ("undo", made["change_id"], REASON["reason"])
    given = {"card": "CARD-2", "reason": "the card is free again"}
    path = f"/v1/residents/{before[1]['resident_id']}/cards"
    assert (await here.clerk.post(path, json=given)).json()["passings"] == []
    again = await here.imported(person(1, **row), person(2))
    assert again["unchanged"] == 2


async def test_a_person_whom_the_import_registered_is_taken_off_and_can_come_back(service: MakeService) -> None:
    here = await office(service)
    report = await here.imported(person(1, card="CARD-1", categories="残疾"), person(2))
    resident_id = (await here.find_resident(1))["resident_id"]
    assert numbers(await undone(here, report["import_id"])) == (0, 2, 0)
    assert (await here.clerk.get("/v1/counts")).json()["residents"] == 0
    left = {e.resident_id: e for e in await here.service.emitted(ResidentEvent)}[resident_id]
    assert (left.left, left.card_hashes) == (True, ())
    assert (await here.find_resident(1))["phone"] is None
    await here.define("/jinhe/hexi/qingshui/c02/a1/g01/p09", "清水院")
    back = await here.imported(person(1, compound="清水院", card="CARD-1"), client=here.elsewhere)
    assert (back["added"], back["rejected"]) == (1, 0)
    file = (await here.elsewhere.get(f"/v1/residents/{resident_id}")).json()
    assert (file["left"], file["phone"]) == (False, "19900000001")


async def test_what_has_changed_or_is_used_since_stays_and_is_listed_with_the_cause(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1), person(2))
    report = await here.imported(person(1, name="李小伟"), person(2, name="李大伟"), person(3), person(4), person(5))
    files = {n: await here.find_resident(n) for n in range(1, 6)}
    care = {"categories": ["disabled"]}
    for n in (1, 4):
        await here.clerk.put(f"/v1/residents/{files[n]['resident_id']}/care", json=care)
    await here.city.put(f"/v1/risk-regions/{TODAY}", json={"regions": {"hubei": "medium"}})
    await Resident(here, files[5]).declares(TODAY)
    done = await undone(here, report["import_id"])
    assert numbers(done) == (1, 1, 3)
    assert await list_kept(here, report["import_id"]) == [(2, "changed_since"), (5, "changed_since"), (6, "used_since")]
    page = await here.clerk.get(f"/v1/imports/{report['import_id']}/undo/kept", params={"limit": 2})
    assert len(page.json()["items"]) == 2
    for position in ("x", "9" * 30, "²"):
        forged = page.json()["next"][:4] + base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")
        refused = await here.clerk.get(f"/v1/imports/{report['import_id']}/undo/kept", params={"after": forged})
        assert (refused.status_code, refused.json()["code"]) == (400, "request.bad_cursor")
    assert "撤销" in page.json()["items"][0]["advice"]
    assert [(await here.find_resident(n))["name"] for n in (1, 2)] == ["李小伟", "王伟2"]


async def test_a_person_who_lives_elsewhere_since_is_not_named(service: MakeService) -> None:
    here = await office(service)
    await here.define("/jinhe/hexi/qingshui/c02/a1/g01/p09", "清水院")
    report = await here.imported(person(1))
    await here.imported(person(1, compound="清水院"), client=here.city)
    assert numbers(await undone(here, report["import_id"])) == (0, 0, 1)
    (row,) = (await here.clerk.get(f"/v1/imports/{report['import_id']}/undo/kept")).json()["items"]
    assert (row["cause"], row["resident_id"]) == ("examine", None)


async def test_the_office_that_imported_or_one_above_undoes(service: MakeService) -> None:
    here = await office(service)
    worker = here.service.client("grid_worker", area=GRID, subject="worker-1")
    report = await here.imported(person(1), client=worker)
    assert (await undo(here, report["import_id"], worker)).status_code == 403
    assert (await undo(here, report["import_id"], here.elsewhere)).status_code == 404
    assert (await here.clerk.get(f"/v1/imports/{report['import_id']}/undo")).status_code == 404
    assert (await here.clerk.post(f"/v1/imports/{report['import_id']}/undo", json={})).status_code == 422
    first = (await undo(here, report["import_id"])).json()
    again = (await undo(here, report["import_id"], here.city)).json()
    assert again == first
    await undone(here, report["import_id"])
    acts = [row async for row in log_of(here.service.database)[ACTS].find({"subject": report["import_id"]})]
    kinds = [row["kind"] for row in acts if "ImportUndo" in row["kind"]]
    assert kinds == ["registration.ImportUndo.running", "registration.ImportUndo.done"]
    assert acts[0]["by"] == "office-liu"


async def test_an_import_that_runs_and_one_without_history_are_not_undone(service: MakeService) -> None:
    here = await office(service)
    places = (await here.city.get("/v1/imports")).json()["items"][0]["import_id"]
    running = (await here.post(text([person(1)]))).json()["import_id"]
    refused = await undo(here, running)
    assert (refused.status_code, refused.json()["code"]) == (409, "registration.import_runs")
    await here.step()
    await here.service.database["import_traces"].delete_many({})  # as a version before left it
    assert (await undo(here, running)).json()["code"] == "registration.no_history"
    assert (await undo(here, places, here.city)).json()["code"] == "registration.places_stay"


@pytest.mark.usefixtures("small_steps")
async def test_a_crash_at_any_moment_neither_leaves_out_nor_repeats_a_row(service: MakeService) -> None:
    here = await office(service)
    await here.imported(*(person(n) for n in range(1, 4)))
    at, crashed = 0, True
    while crashed:
        at += 4
        name = f"李伟{at}"
        report = await here.imported(*(person(n, name=f"{name}{n}") for n in range(1, 4)))
        accepted = await undo(here, report["import_id"])
        try:
            await crashing(step(here), at, after=False)
            crashed = False
        except Crash:
            pass
        now = (await here.clerk.get(accepted.headers["location"])).json()
        names = [(await here.find_resident(n))["name"] for n in range(1, 4)]
        assert sum(one.startswith("王伟") for one in names) == now["restored"], f"after a crash at {at}"
        assert numbers(await undone(here, report["import_id"])) == (3, 0, 0), f"after a crash at {at}"
        assert [(await here.find_resident(n))["name"] for n in range(1, 4)] == [f"王伟{n}" for n in range(1, 4)]
    assert at > 20


async def test_an_undo_that_meets_a_mistake_of_ours_fails_and_goes_on_when_asked_again(
    service: MakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await office(service)
    report = await here.imported(person(1))
    original: Callable[..., Any] = undoing._put

    def mistaken(*_: Any) -> Any:
        raise TypeError("a mistake")

    monkeypatch.setattr(undoing, "_put", mistaken)
    accepted = await undo(here, report["import_id"])
    for _ in range(MAX_MISTAKES):
        await step(here)
    failed = (await here.clerk.get(accepted.headers["location"])).json()
    assert (failed["state"], failed["handled"]) == ("failed", 0)
    assert failed["failure"].endswith("then ask again")
    chinese = (await here.clerk.get(accepted.headers["location"], headers={"Accept-Language": "zh"})).json()
    assert chinese["failure"].startswith("系统错误")
    monkeypatch.setattr(undoing, "_put", original)
    here.service.clock.advance(here.service.deps.code_lifetime)
    assert numbers(await undone(here, report["import_id"])) == (0, 1, 0)


async def test_a_single_change_is_undone_unless_the_same_fields_have_changed_since(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1))
    resident_id = (await here.find_resident(1))["resident_id"]
    await here.imported(person(1, name="李小伟", phone="19911112222"))
    await here.clerk.put(f"/v1/residents/{resident_id}/care", json={"categories": ["disabled"]})
    await here.clerk.put(f"/v1/contacts/{resident_id}", json={"phone": "13911112222"})
    contact, care, renamed = await history(here, resident_id)

    async def back(change: dict[str, Any], client: Any = None) -> Any:
        path = f"/v1/residents/{resident_id}/changes/{change['change_id']}/undo"
        return await (client or here.clerk).post(path, json=REASON)

    refused = await back(renamed)
    assert (refused.status_code, refused.json()["code"]) == (409, "registration.changed_since")
    assert "phone" in refused.json()["detail"]
    assert (await back(renamed, here.elsewhere)).status_code == 404
    assert (await back(contact)).status_code == 200
    first = await back(renamed)
    assert changed(first.json()) == {"name": ("李小伟", "王伟1"), "phone": ("19911112222", "19900000001")}
    assert (await back(renamed)).json()["change_id"] == first.json()["change_id"]  # again
    file = await here.find_resident(1)
    assert (file["name"], file["phone"], file["categories"]) == ("王伟1", "19900000001", ["disabled"])
    assert care["act"] == "care"


async def test_an_official_does_not_undo_a_change_of_the_own_household(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1), person(2))
    report = await here.imported(person(1, name="李小伟"), person(2, name="李大伟"))
    mine = (await here.find_resident(1))["resident_id"]
    (change,) = await history(here, mine)
    own = here.service.client("community", subject=mine)
    path = f"/v1/residents/{mine}/changes/{change['change_id']}/undo"
    assert (await own.post(path, json=REASON)).json()["code"] == "access.own_decision"
    assert numbers(await undone(here, report["import_id"], own)) == (1, 0, 1)
    assert await list_kept(here, report["import_id"]) == [(2, "own")]
