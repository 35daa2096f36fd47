"""Every route of every service, for every role and without a token."""

import importlib

import pytest

from deploy.services import SERVICES
from shared.web.access import Role
from shared.web.step_up import fresh_sign_in
from tests.access.calling import ask, operations, routes_with
from tests.access.table import FRESH, OPERATIONS, ROUTES
from tests.conftest import MakeService

NOT_ALLOWED = {(401, "access.token_missing"), (403, "access.role_missing")}


@pytest.mark.parametrize("name", list(SERVICES))
async def test_every_route_lets_exactly_those_pass_whom_the_table_names(service: MakeService, name: str) -> None:
    main, settings = (importlib.import_module(f"services.{name}.{module}") for module in ("main", "settings"))
    made = await service(main.build, settings.Settings)
    table = ROUTES[name] | OPERATIONS
    assert set(operations(made.app)) == set(table), "a route is missing in tests/access/table.py, or gone"
    wrong = []
    for operation, allowed in table.items():
        for role in (None, *Role):
            refused = await ask(made, operation, role) in NOT_ALLOWED
            if refused is (role in allowed):
                wrong.append(
                    f"{operation} {'refuses' if refused else 'lets pass'} {role or 'a caller without a token'}"
                )
    assert not wrong
    assert routes_with(made.app, fresh_sign_in) == FRESH[name], "the table names the routes that take a step-up"


def test_the_table_names_every_service() -> None:
    assert set(ROUTES) == set(FRESH) == set(SERVICES)
