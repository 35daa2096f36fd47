"""The history of reviews in the documents of alerts and overrides."""

from services.checkpoint.domain.reviews import Review
from shared.store.documents import Mapper
from shared.store.mongo import Collection
from shared.store.unit_of_work import UnitOfWork

_mapper = Mapper(Review)


async def add_review(collection: Collection, identity: str, review: Review, work: UnitOfWork) -> None:
    """Add a review to the history of an alert or an override, which is open no more."""
    change = {"$push": {"reviews": _mapper.document(review)}, "$set": {"open": False}}
    await collection.update_one({"_id": identity}, change, session=work.session)
