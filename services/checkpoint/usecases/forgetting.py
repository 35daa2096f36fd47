"""Forgetting: passages are kept for thirty days and no longer (R2.8)."""

from datetime import timedelta

from services.checkpoint.usecases import Deps
from shared.store.recurring import Recurring


async def _forget(deps: Deps) -> None:
    await deps.store.passages.forget(deps.clock.now())


FORGETTING = Recurring[Deps]("passages.forget", timedelta(minutes=1), _forget)
