"""A fever or symptoms send the person to a fever clinic, and the doctor takes them back (R3.5)."""

import pytest

from shared.events import isolation as events
from tests.conftest import MakeService
from tests.isolation.town import Town
from tests.isolation.town import isolated as isolated_town


async def isolated(service: MakeService) -> Town:
    here = await isolated_town(service)
    here.at(1, 8)
    return here


@pytest.mark.parametrize(("temperature_c", "state"), [(37.3, "observing"), (37.4, "referred")])
async def test_over_37_3_and_not_at_it_is_a_referral(service: MakeService, temperature_c: float, state: str) -> None:
    here = await isolated(service)
    await here.report(temperature_c)
    assert (await here.case())["state"] == state
    fevers = [event.temperature_c for event in await here.emitted(events.FeverReported)]
    assert fevers == ([temperature_c] if state == "referred" else [])
    assert len(await here.emitted(events.CaseReferred)) == len(fevers)


async def test_symptoms_without_a_fever_are_a_referral_too(service: MakeService) -> None:
    here = await isolated(service)
    reported = await here.report(36.6, symptoms=["cough", "shortness_of_breath", "cough"])
    assert reported.json()["symptoms"] == ["cough", "shortness_of_breath"]
    (event,) = await here.emitted(events.SymptomsReported)
    assert event.symptoms == ("cough", "shortness_of_breath")
    assert await here.emitted(events.FeverReported) == []
    assert (await here.case())["state"] == "referred"


async def test_a_second_fever_is_published_and_refers_no_second_time(service: MakeService) -> None:
    here = await isolated(service)
    await here.report(38.0)
    here.at(1, 13)
    await here.report(38.5)
    assert len(await here.emitted(events.FeverReported)) == 2
    assert len(await here.emitted(events.CaseReferred)) == 1


async def test_a_correction_downward_does_not_undo_the_referral(service: MakeService) -> None:
    here = await isolated(service)
    await here.report(38.6)
    await here.report(36.8)
    assert (await here.case())["state"] == "referred"


async def test_the_doctor_takes_the_person_back_to_observation(service: MakeService) -> None:
    here = await isolated(service)
    await here.report(38.0)
    back = await here.post(here.doctor, "return")
    assert (back.status_code, back.json()["state"]) == (200, "observing")
    assert len(await here.emitted(events.CaseReturned)) == 1
    here.at(1, 13)
    assert (await here.report(36.6)).status_code == 201


async def test_only_who_is_at_the_clinic_comes_back(service: MakeService) -> None:
    here = await isolated(service)
    refused = await here.post(here.doctor, "return")
    assert (refused.status_code, refused.json()["code"]) == (409, "isolation.not_referred")


async def test_the_clinic_releases_no_resident_and_the_return_asks_for_the_release(service: MakeService) -> None:
    here = await isolated(service)
    await here.report_all(1, 13)
    here.at(14, 8)
    await here.report(36.5)
    here.at(14, 14)
    await here.report(37.9)
    here.at(14, 18)
    await here.service.due()
    assert (await here.case())["state"] == "referred"
    assert await here.emitted(events.ReleaseRequested) == []
    here.at(17, 9)
    back = await here.post(here.doctor, "return")
    assert back.json()["state"] == "release_requested"
    assert len(await here.emitted(events.ReleaseRequested)) == 1


async def test_a_fever_after_the_days_are_done_takes_the_request_back(service: MakeService) -> None:
    here = await isolated(service)
    await here.report_all(1, 14)
    assert (await here.case())["state"] == "release_requested"
    here.at(15, 8)
    await here.report(38.1)
    assert (await here.case())["state"] == "referred"
    refused = await here.post(here.office, "release")
    assert (refused.status_code, refused.json()["code"]) == (409, "isolation.not_releasable")
    await here.post(here.doctor, "return")
    assert (await here.post(here.office, "release")).status_code == 200
