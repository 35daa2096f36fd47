"""Each of three brokers is killed in turn, and one is frozen: two of three go on, and nothing acknowledged is lost."""

import time

from tests.faults.brokers import in_sync
from tests.faults.town import Town, sleep_until
from tests.faults.trial import Outcome, Trial
from tests.faults.world import World

AGAIN_S = 30.0


async def run(world: World, outcome: Outcome) -> None:
    """Two services and their outboxes go on as well; who was killed is in sync again before the next one goes."""
    town = await Town.begin(world)
    brokers = list(world.kafka.brokers)
    world.chance.shuffle(brokers)
    led: dict[str, int] = {}
    for broker in brokers:
        led[broker.name] = (await in_sync(world))[broker.name]
        broker.kill()
        await town.recovered(outcome, AGAIN_S)
        await world.start_brokers(broker)
    leading = await in_sync(world)  # who came back last leads nothing yet
    frozen = world.chance.choice([broker for broker in brokers if leading[broker.name]])
    led[f"{frozen.name}, frozen"] = leading[frozen.name]
    until = time.monotonic() + (20.0 if world.quick else 60.0)
    frozen.pause()
    await town.recovered(outcome, AGAIN_S)
    await sleep_until(until)
    frozen.resume()
    await in_sync(world)
    await town.end(outcome)
    book = town.gates.book
    outcome.details["partitions led when it was hit"] = led
    outcome.expect(all(led.values()), f"a broker led nothing when it was hit: {led}")
    outcome.expect(book.not_durable + book.were_unknown > 0, "no gate noticed any of it")


TRIAL = Trial(3, "each broker is killed, one is frozen", run, quick=False)
