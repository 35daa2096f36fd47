"""Rules of the health code by date, over HTTP (R1.9)."""

from datetime import UTC, datetime

from services.registration.domain.code_rules import USUAL, CodeRules
from services.registration.routes.callers import AnyCaller, City, Uses
from services.registration.schemas.code_rules import (
    CodeRulesBody,
    CodeRulesView,
    ColourRuleView,
    ExampleView,
    WithdrawalBody,
)
from services.registration.store.example_rules import EXAMPLES
from services.registration.usecases import Deps, code_rules
from shared.web.http import api_router
from shared.web.ids import Id
from shared.web.pages import Listed, Page
from shared.web.step_up import Fresh

router = api_router("code rules", about="What gives which colour, by date, as two officials of the city state it.")


@router.post("/code-rules", status_code=201)
async def propose_rules(body: CodeRulesBody, deps: Uses, caller: City, fresh: Fresh) -> CodeRulesView:
    """Propose what gives which colour from a moment on; it takes a fresh sign-in, and another official's approval."""
    fresh.require()
    lines = [one.line() for one in body.rules]
    since = body.since.astimezone(UTC).replace(microsecond=0)
    stated = await code_rules.propose(deps, caller, body.rules_id, since, body.title, body.source, lines)
    return await _view(deps, stated)


@router.get("/code-rules")
async def list_rules(deps: Uses, caller: AnyCaller, listing: Listed) -> Page[CodeRulesView]:
    """List all rules, those that begin last first: proposed, approved and withdrawn; the usual ones stand last."""
    holding = await deps.store.code_rules.in_force(deps.clock.now())
    stored = [*await deps.store.code_rules.every(), USUAL]
    page, following = listing.part(stored, lambda one: one.rules_id)
    return listing.page((_view_of(one, holding) for one in page), following)


@router.get("/code-rules/examples")
async def list_examples(deps: Uses, caller: AnyCaller, listing: Listed) -> Page[ExampleView]:
    """List rules that cities once had, from published texts, with sentences of what they mean."""
    page, following = listing.part(EXAMPLES, lambda one: one.name)
    return listing.page((ExampleView.of(one, cases=[case.text for case in one.cases]) for one in page), following)


@router.get("/code-rules/{rules_id}")
async def show_rules(rules_id: Id, deps: Uses, caller: AnyCaller) -> CodeRulesView:
    """Show rules, whatever became of them."""
    return await _view(deps, await code_rules.show(deps, rules_id))


@router.post("/code-rules/{rules_id}/approve")
async def approve_rules(rules_id: Id, deps: Uses, caller: City, fresh: Fresh) -> CodeRulesView:
    """Let rules hold that another official proposed; every colour is computed again when they begin."""
    fresh.require()
    return await _view(deps, await code_rules.approve(deps, caller, rules_id))


@router.post("/code-rules/{rules_id}/withdraw")
async def withdraw_rules(rules_id: Id, body: WithdrawalBody, deps: Uses, caller: City) -> CodeRulesView:
    """Withdraw rules that do not hold yet."""
    return await _view(deps, await code_rules.withdraw(deps, caller, rules_id, body.reason))


async def _view(deps: Deps, rules: CodeRules) -> CodeRulesView:
    return _view_of(rules, await deps.store.code_rules.in_force(deps.clock.now()))


def _view_of(rules: CodeRules, holding: CodeRules) -> CodeRulesView:
    lines = [ColourRuleView.of(one) for one in rules.rules]
    always = rules is USUAL
    times = {"since": _or_none(rules.since, always), "proposed_at": _or_none(rules.proposed_at, always)}
    return CodeRulesView.of(rules, rules=lines, holds=rules.rules_id == holding.rules_id, **times)


def _or_none(at: datetime, always: bool) -> datetime | None:
    return None if always else at
