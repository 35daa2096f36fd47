"""The console's store: sessions, sign-ins under way and forms that wait; each is removed once its time is over."""

from dataclasses import replace
from datetime import datetime

from services.console.domain.sessions import REFRESH_LEASE, Glass, KeptForm, Session, SignIn
from shared.base.sealing import Sealer
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, IndexModel


def _expiring(field: str) -> list[IndexModel]:
    return [IndexModel([(field, ASCENDING)], expireAfterSeconds=0)]


INDEXES = {
    "sessions": [
        IndexModel([("ends_at", ASCENDING)], expireAfterSeconds=0),
        IndexModel([("idle_at", ASCENDING)], expireAfterSeconds=0),
    ],
    "sign_ins": _expiring("expires_at"),
    "kept_forms": _expiring("expires_at"),
}


class Store:
    """The named queries of the console."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._sessions = Documents(
            database["sessions"], Mapper(Session, key="session_id"), revised=False, sealer=sealer
        )
        self._sign_ins = Documents(database["sign_ins"], Mapper(SignIn, key="sign_in_id"), revised=False, sealer=sealer)
        self._forms = Documents(database["kept_forms"], Mapper(KeptForm, key="form_id"), revised=False, sealer=sealer)

    async def session(self, session_id: str) -> Session | None:
        """Return a session."""
        return await self._sessions.get(session_id)

    async def begin(self, session: Session) -> None:
        """Store a session that begins."""
        await self._sessions.put(session)

    async def renew(self, session: Session) -> bool:
        """Store a session's new tokens. Return whether it is still there: one that has ended stays ended."""
        document = self._sessions.mapper.document(session)
        facts = {name: value for name, value in document.items() if not name.startswith("glass_")}
        row = {"_id": facts.pop("_id")}
        update = self._sessions.mapper.update(facts)
        return bool((await self._sessions.collection.update_one(row, update)).matched_count)

    async def touch(self, session: Session, now: datetime, idle_at: datetime) -> None:
        """Store that a session was used; a session that has ended since it was read stays ended."""
        row = {"_id": session.session_id}
        await self._sessions.collection.update_one(row, {"$set": {"seen_at": now, "idle_at": idle_at}})

    async def keep_glass(self, session_id: str, glass: Glass | None) -> None:
        """Store what a session reads by break-glass; None where it has closed it."""
        opened = {
            "glass_id": glass.glass_id if glass else "",
            "glass_area": glass.area_path if glass else "",
            "glass_until": glass.ends_at if glass else None,
        }
        await self._sessions.collection.update_one({"_id": session_id}, {"$set": opened})

    async def take_refresh(self, session: Session, now: datetime) -> bool:
        """Return whether this process may renew the session's tokens now; no other may until the lease is over."""
        free = {"$or": [{"refreshing_until": None}, {"refreshing_until": {"$lte": now}}]}
        mine = {"$set": {"refreshing_until": now + REFRESH_LEASE}}
        renewed = {"_id": session.session_id, "expires_at": session.expires_at, **free}
        return bool((await self._sessions.collection.update_one(renewed, mine)).modified_count)

    async def end(self, session_id: str) -> None:
        """Remove a session and the forms that wait for it."""
        await self._sessions.collection.delete_one({"_id": session_id})
        await self._forms.collection.delete_many({"session_id": session_id})

    async def begin_sign_in(self, sign_in: SignIn) -> None:
        """Store a sign-in that begins."""
        await self._sign_ins.put(sign_in)

    async def take_sign_in(self, sign_in_id: str) -> SignIn | None:
        """Return a sign-in and remove it: its code is exchanged once."""
        sign_in = await self._sign_ins.get(sign_in_id)
        if sign_in is None:
            return None
        removed = await self._sign_ins.collection.delete_one({"_id": sign_in_id})
        return sign_in if removed.deleted_count else None

    async def keep_form(self, form: KeptForm) -> None:
        """Store a form that waits."""
        await self._forms.put(form)

    async def form(self, form_id: str) -> KeptForm | None:
        """Return a form that waits."""
        return await self._forms.get(form_id)

    async def move_form(self, form: KeptForm, session_id: str) -> None:
        """Let a form that waits belong to a newer session of the same person."""
        await self._forms.put(replace(form, session_id=session_id))

    async def drop_form(self, form_id: str) -> None:
        """Remove a form that waits."""
        await self._forms.collection.delete_one({"_id": form_id})
