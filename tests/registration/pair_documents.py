"""Uses of the documents of pairs of files, for the table of all documents."""

from typing import Any


async def prepare_pair(scene: Any) -> None:
    """Have a pair of files on the worklist."""
    first, second = scene.here.residents[:2]
    await scene.send("POST", "/v1/duplicates", {"first_id": first, "second_id": second})


async def put_pair_off(scene: Any) -> None:
    """Take a pair of files off the worklist for a time."""
    first, second = scene.here.residents[:2]
    pair = await scene.send("POST", "/v1/duplicates", {"first_id": first, "second_id": second})
    later = {"until": "2026-03-01T09:00:00+08:00", "reason": "the family is asked"}
    await scene.send("POST", f"/v1/duplicates/{pair['pair_id']}/later", later)


PAIR_USES = {"duplicates._pairs": (put_pair_off, True)}
