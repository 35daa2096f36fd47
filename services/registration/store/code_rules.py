"""Rules of the health code in the store: few, and none is ever removed."""

from datetime import datetime

from services.registration.domain.code_rules import USUAL, CodeRules, State
from shared.store.act_log import Act, digest
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, IndexModel
from shared.store.unit_of_work import UnitOfWork

INDEXES = {"code_rules": [IndexModel([("state", ASCENDING), ("since", ASCENDING)])]}


class CodeRulesStore:
    """The named queries over rules of the health code."""

    def __init__(self, database: Database) -> None:
        self._rules = Documents(database["code_rules"], Mapper(CodeRules, key="rules_id"))

    async def get(self, rules_id: str, work: UnitOfWork | None = None) -> CodeRules | None:
        """Return rules, whatever became of them."""
        return await self._rules.get(rules_id, work)

    async def put(self, rules: CodeRules, work: UnitOfWork) -> None:
        """Store rules, new or decided; each step goes into the log of acts."""
        await self._rules.put(rules, work)
        facts = self._rules.mapper.document(rules)
        work.log(Act(f"registration.CodeRules.{rules.state.value}", rules.rules_id, digest(facts), area="/"))

    async def in_force(self, at: datetime, work: UnitOfWork | None = None) -> CodeRules:
        """Return what holds at that time: the rules that began last, else the usual ones."""
        begun = {"state": State.APPROVED.value, "since": {"$lte": at}}
        session = work.session if work else None
        rows = self._rules.collection.find(begun, session=session).sort("since", -1).limit(1)
        stored = self._rules.mapper.read_each(await rows.to_list(1))
        return stored[0] if stored else USUAL

    async def every(self) -> list[CodeRules]:
        """Return all rules, those that begin last first."""
        return sorted(await self._rules.find({}), key=lambda one: (one.since, one.rules_id), reverse=True)
