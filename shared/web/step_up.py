"""Step-up: what an official does with much power takes a sign-in by a second factor within the last minutes (RFC 9470).

A route has `fresh: Fresh` among its parameters and calls `fresh.require()` where the request asks for such a thing;
`tests/access/table.py` names these routes.
"""

import time
from typing import Annotated, NamedTuple

from fastapi import Depends, Request

from shared.base.errors import StepUpNeeded
from shared.base.token_rules import TokenRules
from shared.web.access import Access, bearer
from shared.web.principal import Principal


class FreshSignIn(NamedTuple):
    """A caller, and by which rules the sign-in counts as strong and fresh."""

    caller: Principal
    rules: TokenRules

    def require(self) -> None:
        """Raise `StepUpNeeded` unless the caller signed in by a second factor within `fresh_for`."""
        if not is_fresh(self.caller, self.rules, time.time()):
            raise step_up_needed(self.rules)


def is_fresh(caller: Principal, rules: TokenRules, now: float) -> bool:
    """Whether the caller's sign-in was by a second factor, and not longer ago than `fresh_for` at a Unix time."""
    return caller.strong_at > 0 and now - caller.strong_at <= rules.fresh_for.total_seconds()


def step_up_needed(rules: TokenRules) -> StepUpNeeded:
    """Return the refusal, which names the levels that are strong enough and how long a sign-in counts as fresh."""
    seconds = int(rules.fresh_for.total_seconds())
    text = (
        f"This takes a sign-in with a second factor within the last {seconds // 60} minutes: "
        "sign in again with the second factor, then repeat it"
    )
    chinese = f"此操作需要在最近 {seconds // 60} 分钟内用第二因素登录：请用第二因素重新登录，然后重试"
    levels = " ".join(rules.strong_acr)
    challenge = f'Bearer error="insufficient_user_authentication", acr_values="{levels}", max_age="{seconds}"'
    more = {"detail_zh": chinese, "acr_values": levels, "max_age": seconds}
    return StepUpNeeded("access.step_up_needed", text, challenge, **more)


async def fresh_sign_in(request: Request) -> FreshSignIn:
    """Return the caller's sign-in, for a route that may require it to be fresh."""
    access: Access = request.app.state.access
    return FreshSignIn(await access.principal(bearer(request)), access.rules)


Fresh = Annotated[FreshSignIn, Depends(fresh_sign_in)]  # a route's parameter: `fresh: Fresh`
