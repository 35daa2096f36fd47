"""Rules of the health code by date: what each kind of evidence means for a colour, from when on (R1.9)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from services.registration.domain.colours import Evidence, EvidenceKind
from shared.base.errors import Conflict, Invalid
from shared.base.persons import same_person
from shared.events.registration import Colour

# An official who writes "from now on" needs a few minutes to send it.
STILL_NOW = timedelta(minutes=5)
MAX_AHEAD = timedelta(days=365)
DAYS = (1, 60)
TIMED = frozenset({EvidenceKind.FEVER, EvidenceKind.RISK_TRAVEL})  # isolation lasts until isolation ends it
RULED = (EvidenceKind.ISOLATION, EvidenceKind.RISK_TRAVEL, EvidenceKind.FEVER)  # an order by hand states its own


class State(StrEnum):
    """How far rules are."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class ColourRule:
    """One line of the table: evidence of that kind gives the colour, for `days`; isolation until it ends."""

    kind: EvidenceKind
    colour: Colour
    days: int | None = None


@dataclass(frozen=True)
class CodeRules:
    """What holds from `since` on, until later rules begin; a kind without a line gives no colour."""

    rules_id: str
    since: datetime
    title: str
    source: str
    rules: tuple[ColourRule, ...]
    proposed_by: str
    proposed_at: datetime
    state: State = State.PROPOSED
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str = ""

    @property
    def _by_kind(self) -> Mapping[EvidenceKind, ColourRule]:
        return {one.kind: one for one in self.rules}

    def colour_of(self, evidence: Evidence) -> Colour:
        """Return the colour that the evidence gives."""
        if evidence.colour is not None:
            return evidence.colour
        rule = self._by_kind.get(evidence.kind)
        return rule.colour if rule else Colour.GREEN

    def days_of(self, kind: EvidenceKind) -> timedelta:
        """Return for how long evidence of that kind counts; zero where it gives no colour."""
        rule = self._by_kind.get(kind)
        return timedelta(days=rule.days or 0) if rule else timedelta()

    def has_begun(self, now: datetime) -> bool:
        """Whether it holds or has held."""
        return self.state is State.APPROVED and self.since <= now


# What holds where a city has stated nothing: as Hubei's code of March 2020 and Zhejiang's of May 2022 had it.
USUAL = CodeRules(
    rules_id="usual",
    since=datetime.min.replace(tzinfo=UTC),
    title="通用规则 Usual rules",
    source="湖北省 2020-03, 浙江省 2022-05 (example)",
    rules=(
        ColourRule(EvidenceKind.ISOLATION, Colour.RED),
        ColourRule(EvidenceKind.RISK_TRAVEL, Colour.YELLOW, 14),
        ColourRule(EvidenceKind.FEVER, Colour.YELLOW, 3),
    ),
    proposed_by="",
    proposed_at=datetime.min.replace(tzinfo=UTC),
    state=State.APPROVED,
)


def check(rules: Iterable[ColourRule]) -> None:
    """Raise `Invalid` for a table that cannot be meant."""
    lines = list(rules)
    if len({one.kind for one in lines}) != len(lines):
        text = "Two lines are about the same kind of evidence: keep one of them"
        raise Invalid("registration.rules_twice", text, detail_zh="同一类依据有两行规则：请只保留一行")
    for one in lines:
        if one.kind not in RULED:
            text = "An order by hand states its own colour: leave that line out"
            raise Invalid("registration.rules_by_hand", text, detail_zh="人工赋码自带颜色：请删除该行")
        timed = one.kind in TIMED and one.colour is not Colour.GREEN
        if timed and not (one.days and DAYS[0] <= one.days <= DAYS[1]):
            text = f"'{one.kind}' needs days from {DAYS[0]} to {DAYS[1]}: enter for how long the colour lasts"
            chinese = f"该类依据需填写天数（{DAYS[0]}~{DAYS[1]} 天）：颜色持续多久"
            raise Invalid("registration.rules_days", text, detail_zh=chinese, kind=one.kind.value)
        if not timed and one.days is not None:
            text = f"'{one.kind}' takes no days here: isolation ends the colour, and green does not last"
            chinese = "该行不填天数：隔离解除即止，绿码无期限"
            raise Invalid("registration.rules_no_days", text, detail_zh=chinese, kind=one.kind.value)


def check_begin(since: datetime, now: datetime) -> None:
    """Raise where rules cannot be stated from `since` on: what has held is never rewritten."""
    if since < now - STILL_NOW:
        text = "'since' has passed, and what held then stays as it was: state what holds from now on"
        raise Conflict("registration.rules_past", text, detail_zh="开始时间已过：请填写此刻或之后的时间")
    if since > now + MAX_AHEAD:
        text = f"'since' lies more than {MAX_AHEAD.days} days ahead: check the year"
        raise Invalid("registration.rules_far", text, detail_zh="开始时间超过一年：请检查年份")


def approve(rules: CodeRules, by: str, now: datetime) -> CodeRules:
    """Let proposed rules hold from `since` on, or from now on where that has passed. Raises `Conflict`."""
    if rules.state is State.APPROVED and same_person(rules.decided_by, by):
        return rules
    if rules.state is not State.PROPOSED:
        text = "These rules are decided already: propose others"
        raise Conflict("registration.rules_decided", text, detail_zh="该规则已作决定：请另行提出")
    if same_person(rules.proposed_by, by):
        text = "You proposed these rules yourself: another official of the city approves them"
        raise Conflict("registration.own_rules", text, detail_zh="不能批准自己提出的规则：请由另一名市级人员批准")
    return replace(rules, state=State.APPROVED, decided_by=by, decided_at=now, since=max(rules.since, now))


def withdraw(rules: CodeRules, by: str, reason: str, now: datetime) -> CodeRules:
    """Withdraw rules that do not hold yet. Raises `Conflict`."""
    if rules.state is State.WITHDRAWN:
        return rules
    if rules.has_begun(now):
        text = "These rules hold already, and colours rest on them: state others with a later 'since'"
        raise Conflict("registration.rules_hold", text, detail_zh="规则已生效：请另行制定新规则")
    return replace(rules, state=State.WITHDRAWN, decided_by=by, decided_at=now, reason=reason)
