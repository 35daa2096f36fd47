"""The history of reviews in the documents of alerts and overrides."""

from typing import TypeVar

from services.checkpoint.domain.reviews import Review
from shared.store.documents import Documents, Mapper
from shared.store.unit_of_work import UnitOfWork

T = TypeVar("T")

_mapper = Mapper(Review)


async def add_review(reviewed: Documents[T], identity: str, review: Review, work: UnitOfWork) -> None:
    """Add a review to the history of an alert or an override, which is open no more."""
    history = {"reviews": [_mapper.document(review)]}
    sealed = reviewed.mapper.seals.seal(history, identity) if reviewed.mapper.seals else history
    change = {"$push": {"reviews": sealed["reviews"][0]}, "$set": {"open": False}}
    await reviewed.collection.update_one({"_id": identity}, change, session=work.session)
