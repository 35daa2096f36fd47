"""Order per key, and offsets that tell that the bus has lost what it held."""

from aiokafka import TopicPartition
from aiokafka.structs import RecordMetadata

from shared.bus import consumer as bus
from shared.outbox.ordered import OrderedPublisher, _waves

PLACE = TopicPartition("t", 0)


async def nothing() -> None:
    return None


async def publisher() -> OrderedPublisher:
    return OrderedPublisher(bus.producer("127.0.0.1:1"), nothing)


def written(offset: int, partition: int = 0) -> RecordMetadata:
    return RecordMetadata("t", partition, TopicPartition("t", partition), offset, None, None, 0)


def test_a_wave_holds_each_key_once_and_waves_keep_the_order() -> None:
    events = [{"topic": "t", "key": key} for key in "abacab"]
    assert _waves(events) == [[0, 1, 3], [2, 5], [4]]


def test_no_wave_is_larger_than_the_producer_can_send_in_time() -> None:
    events = [{"topic": "t", "key": str(number % 1_100)} for number in range(2_000)]
    waves = _waves(events)
    assert [len(wave) for wave in waves] == [500, 500, 100, 500, 400]
    assert [number for wave in waves for number in wave] == list(range(2_000))


async def test_offsets_that_grow_are_nothing_to_worry_about() -> None:
    here = await publisher()
    here.observe(written(5), written(4), written(0, partition=1))
    here.observe(written(6))
    here.observe_end(PLACE, 5)  # some brokers tell the start of the last batch as the end
    assert here.lost == set()
    assert here.newest(PLACE) == 6


async def test_an_offset_that_is_given_twice_tells_that_the_topic_is_lost() -> None:
    here = await publisher()
    here.observe(written(5))
    here.observe(written(0))
    assert here.lost == {"t"}
    here.forget("t")
    assert (here.lost, here.newest(PLACE)) == (set(), -1)


async def test_a_partition_that_is_empty_again_tells_that_the_topic_is_lost() -> None:
    here = await publisher()
    here.observe_end(PLACE, 3)
    here.observe_end(TopicPartition("t", 1), 0)
    assert here.lost == set()
    here.observe_end(PLACE, 0)
    assert here.lost == {"t"}
