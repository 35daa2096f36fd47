"""Rules of the health code: proposed and approved by two officials of the city, and carried out when they begin (R1.9).

When rules begin, every colour that rests on evidence is computed again, in steps that outlive a kill.
"""

from collections.abc import Sequence
from datetime import datetime

from services.registration.domain import code_rules
from services.registration.domain.code_rules import CodeRules, ColourRule, State
from services.registration.usecases import Deps, standings
from shared.base.errors import Conflict, NotFound
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal

BEGINS = "code_rules.begins"
STEP = 100  # residents whose colours one step computes again


@retry_conflicts
async def propose(
    deps: Deps,
    caller: Principal,
    rules_id: str,
    since: datetime,
    title: str,
    source: str,
    rules: Sequence[ColourRule],
) -> CodeRules:
    """Propose rules from `since` on; the same `rules_id` again gives the same answer. Raises `Conflict`, `Invalid`."""
    now = deps.clock.now()
    proposed = CodeRules(rules_id, since, title, source, tuple(rules), caller.subject, now)
    async with deps.unit_of_work() as work:
        if known := await deps.store.code_rules.get(rules_id, work):
            if (known.title, known.rules, known.proposed_by) != (title, proposed.rules, caller.subject):
                text = "That rules_id stands for other rules: make a new one"
                raise Conflict("registration.rules_taken", text, detail_zh="该编号已用于其他规则：请换一个编号")
            return known
        code_rules.check(proposed.rules)
        code_rules.check_begin(since, now)
        await deps.store.code_rules.put(proposed, work)
    return proposed


@retry_conflicts
async def approve(deps: Deps, caller: Principal, rules_id: str) -> CodeRules:
    """Let rules hold, as the second official of the city. Raises `Conflict`, `NotFound`."""
    async with deps.unit_of_work() as work:
        rules = await show(deps, rules_id, work)
        approved = code_rules.approve(rules, caller.subject, deps.clock.now())
        if approved != rules:
            await deps.store.code_rules.put(approved, work)
            await deps.deadlines.schedule(work, BEGINS, rules_id, approved.since, after="")
    return approved


@retry_conflicts
async def withdraw(deps: Deps, caller: Principal, rules_id: str, reason: str) -> CodeRules:
    """Withdraw rules that do not hold yet. Raises `Conflict`, `NotFound`."""
    async with deps.unit_of_work() as work:
        rules = await show(deps, rules_id, work)
        withdrawn = code_rules.withdraw(rules, caller.subject, reason, deps.clock.now())
        if withdrawn != rules:
            await deps.store.code_rules.put(withdrawn, work)
    return withdrawn


async def show(deps: Deps, rules_id: str, work: UnitOfWork | None = None) -> CodeRules:
    """Return rules. Raises `NotFound`."""
    rules = await deps.store.code_rules.get(rules_id, work)
    if rules is None:
        raise NotFound("registration.no_such_rules", f"There are no rules {rules_id}", detail_zh="没有该规则")
    return rules


async def begin(deps: Deps, deadline: Deadline) -> None:
    """Compute the colours of some residents again, and have the next ones follow."""
    rules = await deps.store.code_rules.get(deadline.subject)
    if rules is None or rules.state is not State.APPROVED:
        return
    residents = await deps.store.standings.judged(deadline.payload["after"], STEP, deps.clock.now())
    for resident_id in residents:
        await standings.review_one(deps, resident_id)
    if residents:
        await _go_on(deps, deadline, residents[-1])


@retry_conflicts
async def _go_on(deps: Deps, deadline: Deadline, after: str) -> None:
    async with deps.unit_of_work(deadline) as work:
        now = deps.clock.now()
        await deps.deadlines.schedule(work, BEGINS, deadline.subject, now, key=after, after=after)
