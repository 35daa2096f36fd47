"""Dead letters over HTTP: what an operator sees of one, and what replaying and giving it up does, once."""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from services.notification import main
from services.notification.settings import Settings
from shared.bus.consumer import EventConsumer
from shared.bus.dead_letters import DeadLetters, replay, waiting
from shared.bus.receiver import Receiver
from shared.envelope.event import Event
from shared.envelope.letters import letter, topic_of
from shared.events.isolation import CaseOpened
from shared.outbox.relay import Relay
from shared.store.act_log import ACTS, log_of
from tests.conftest import MakeService
from tests.shared.samples import case_opened, record_of, records_of, stamped
from tests.support.service import ServiceUnderTest

pytestmark = pytest.mark.broker
NAME = "notification"
SECRET = "王伟住在春华1号院"


class Office:
    """A service whose records cannot be handled while it is broken, and an operator."""

    def __init__(self, made: ServiceUnderTest, producer: AIOKafkaProducer) -> None:
        self.made = made
        self.producer = producer
        self.is_broken = True
        self.handled: list[str] = []
        letters = made.app.state.letters.book
        consumer = EventConsumer[None](NAME)
        consumer.on(CaseOpened)(self._note)
        dead = DeadLetters(producer, NAME, letters.settle)
        self.receiver = Receiver(consumer, dead, made.clock, None, ())
        self._seen: dict[Any, int] = {}

    async def _note(self, _: None, event: Event) -> None:
        if self.is_broken:
            raise KeyError(SECRET)
        self.handled.append(event.key)

    async def bury(self, *events: Event, **values: Any) -> None:
        """Let the service fail to handle records."""
        await self.receiver.handle([record_of(event, 41, partition=3, **values) for event in events])

    async def ask(self, method: str, path: str, **body: Any) -> Any:
        async with self.made.client("operator", area="/", subject="operator-ma") as client:
            answer = await client.request(method, f"/v1/dead-letters{path}", json=body or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def letters(self, event: Event, state: str = "") -> list[Any]:
        """Return the letters of one event, the newest first."""
        self.made.app.state.letters.book._looked_at = float("-inf")
        page = await self.ask("GET", f"?limit=1000{f'&state={state}' if state else ''}")
        assert (page["read"], page["behind"]) == (True, 0)
        return [one for one in page["items"] if one["event_id"] == event.id]

    async def relay(self) -> None:
        """Publish what waits in the outbox."""
        state = self.made.app.state
        bus, wake = self.made.settings.kafka_bootstrap, asyncio.Event()
        relay = Relay(self.made.database, self.producer, bus, NAME, (), wake, self.made.clock, state.letters._macs)
        await relay.flush()

    async def handle_replays(self) -> None:
        """Handle the replays on the dead-letter topic, as a consumer that reads it from its beginning."""
        self.handled.clear()
        await self.receiver.handle(await records_of(self.made.settings.kafka_bootstrap, topic_of(NAME)))

    async def acts(self) -> list[tuple[str, str]]:
        """Return the acts of operators in the log, with who acted."""
        rows = await log_of(self.made.database)[ACTS].find().to_list(None)
        return [(row["kind"], row["by"]) for row in rows if row["kind"].startswith("dead-letter")]


@pytest.fixture
async def office(service: MakeService, producer: AIOKafkaProducer) -> Office:
    return Office(await service(main.build, Settings), producer)


async def test_a_letter_is_listed_with_reason_and_place_and_no_word_of_its_value(office: Office) -> None:
    event = stamped(case_opened(reason=SECRET))
    await office.bury(event)
    (listed,) = await office.letters(event, "waiting")
    assert (listed["topic"], listed["partition"], listed["offset"]) == (CaseOpened.topic, 3, 41)
    assert (listed["reason"], listed["event_type"], listed["group"]) == ("failed", CaseOpened.type, NAME)
    file = await office.ask("GET", f"/{listed['letter_id']}")
    fields = {one["name"]: one for one in file["payload"]["fields"]}
    assert fields["case_id"] == {"name": "case_id", "kind": "text", "size": len(event.key), "is_required": True}
    assert event.key not in str(file)
    assert SECRET not in str(file)


async def test_a_record_that_is_poison_shows_none_of_its_own_words(office: Office) -> None:
    event = stamped(case_opened())
    value = f'{{"{SECRET}": 1, "case_id": "{SECRET}"}}'.encode()
    await office.bury(event, value=value)
    (listed,) = await office.letters(event)
    file = await office.ask("GET", f"/{listed['letter_id']}")
    assert (listed["reason"], file["payload"]["others"]) == ("invalid", 1)
    assert SECRET not in str(file)
    assert {one["kind"] for one in file["payload"]["fields"] if one["name"] != "case_id"} == {"missing"}


async def test_a_replay_has_the_record_handled_once_however_often_it_is_asked_for(office: Office) -> None:
    event = stamped(case_opened())
    await office.bury(event)
    (listed,) = await office.letters(event)
    asked = {"letter_ids": [listed["letter_id"]]}
    answers = await asyncio.gather(*(office.ask("POST", "/replay", **asked) for _ in range(3)))
    answers.append(await office.ask("POST", "/replay", **asked))
    assert [answer["items"][0]["state"] for answer in answers] == ["replayed"] * 4
    assert await office.acts() == [("dead-letter.replay", "operator-ma")]
    office.is_broken = False
    await office.relay()
    await office.relay()
    await office.handle_replays()
    assert office.handled.count(event.key) == 1
    (after,) = await office.letters(event)
    assert (after["state"], after["decided_by"], after["settled_at"] is not None) == ("handled", "operator-ma", True)
    assert (await office.ask("POST", "/replay", **asked))["items"][0]["state"] == "handled"
    assert len(await office.acts()) == 1


async def test_what_fails_again_stands_as_such_beside_its_new_letter(office: Office) -> None:
    event = stamped(case_opened())
    await office.bury(event)
    (listed,) = await office.letters(event)
    await office.ask("POST", "/replay", letter_ids=[listed["letter_id"]])
    await office.relay()
    await office.handle_replays()
    newest, first = await office.letters(event)
    assert (newest["state"], first["state"]) == ("waiting", "failed_again")
    assert (newest["offset"], first["letter_id"]) == (41, listed["letter_id"])


async def test_a_letter_is_given_up_for_a_reason_once_and_can_still_be_replayed(office: Office) -> None:
    event = stamped(case_opened())
    await office.bury(event)
    (listed,) = await office.letters(event)
    asked = {"letter_ids": [listed["letter_id"]], "reason": "已人工补录"}
    given_up = [(await office.ask("POST", "/give-up", **asked))["items"][0] for _ in range(2)]
    assert [(one["state"], one["why"]) for one in given_up] == [("given_up", "已人工补录")] * 2
    assert await office.acts() == [("dead-letter.give-up", "operator-ma")]
    (stored,) = await office.made.database["letters"].find({"_id": listed["letter_id"]}).to_list(None)
    assert stored["why"] != "已人工补录"  # sealed
    await office.relay()
    bus = office.made.settings.kafka_bootstrap
    assert event.key.encode() not in {one.record.key async for one, _ in waiting(bus, NAME)}
    await office.handle_replays()
    assert event.key not in office.handled
    replayed = await office.ask("POST", "/replay", letter_ids=[listed["letter_id"]])
    assert replayed["items"][0]["state"] == "replayed"


async def test_a_letter_that_was_replayed_is_not_given_up(office: Office) -> None:
    event = stamped(case_opened())
    await office.bury(event)
    (listed,) = await office.letters(event)
    await office.ask("POST", "/replay", letter_ids=[listed["letter_id"]])
    refused = await office.ask("POST", "/give-up", letter_ids=[listed["letter_id"], "0-99999-1"], reason="wrong")
    assert [one["code"] for one in refused["refused"]] == ["dead_letters.replayed", "dead_letters.unknown"]


async def test_neither_a_replicas_letter_nor_a_false_one_of_its_own_work_is_sent(office: Office) -> None:
    refused, false = stamped(case_opened()), stamped(case_opened())
    await DeadLetters(office.producer, NAME).bury(record_of(refused), "forged", "no MAC", "replica")
    wire = letter(false.stamped(false.meta._replace(source=NAME)), "refused", "call", "send")
    await office.producer.send_and_wait(wire.topic, wire.value, key=wire.key, headers=wire.headers)
    ids = [(await office.letters(event))[0]["letter_id"] for event in (refused, false)]
    answer = await office.ask("POST", "/replay", letter_ids=ids)
    assert [one["code"] for one in answer["refused"]] == ["dead_letters.of_a_replica", "dead_letters.not_own"]
    assert await office.acts() == []


async def test_a_replay_without_the_service_is_seen_in_the_list(office: Office) -> None:
    event = stamped(case_opened())
    await office.bury(event)
    await office.letters(event)
    await replay(office.made.settings.kafka_bootstrap, NAME)
    assert [one["state"] for one in await office.letters(event)] == ["replayed"]


@pytest.mark.parametrize("lost", [{"next": 10**9}, {"last": "9-9-9"}])
async def test_a_bus_that_was_lost_is_read_from_its_beginning(office: Office, lost: dict[str, Any]) -> None:
    event = stamped(case_opened())
    await office.bury(event)
    assert len(await office.letters(event)) == 1
    await office.made.database["letters"].delete_many({})
    await office.made.database["letter_positions"].update_many({}, {"$set": lost})
    await office.bury(event)  # of the same key, so in the same partition
    assert len(await office.letters(event)) == 2
    assert len(await office.letters(event)) == 2


async def test_an_operator_of_a_part_of_the_city_is_refused(office: Office) -> None:
    async with office.made.client("operator", area="/jinhe") as client:
        answer = await client.get("/v1/dead-letters", headers={"Accept-Language": "zh"})
    assert (answer.status_code, answer.json()["code"]) == (403, "operators.whole_city")
    assert "/jinhe" in answer.json()["detail"]


async def test_the_state_of_a_service_names_what_waits_by_group_topic_and_partition(office: Office) -> None:
    async with office.made.client("operator", area="/") as client:
        state = (await client.get("/v1/service-state")).json()
    assert (state["service"], state["version"], state["processes"]) == (NAME, "0.1.0", [])
    lags = {(one["group"], one["topic"]) for one in state["lag"]}
    assert (NAME, CaseOpened.topic) in lags
    assert (NAME, topic_of(NAME)) in lags
    assert all(one["handled"] is None or one["waiting"] == one["end"] - one["handled"] for one in state["lag"])
