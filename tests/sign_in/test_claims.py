"""Claims of any provider become a caller: by paths, by a table of roles, by one area."""

import logging
from typing import Any

import pytest

from shared.base.errors import Unauthenticated
from shared.base.token_rules import Claims, TokenRules
from shared.web.claims import check_rules, principal_of

KEYCLOAK = Claims(
    roles=("realm_access.roles", "resource_access.lastmetre.roles"),
    role_names={"clerk": "community", "physician": "doctor"},
    area="area",
)
ENTRA = Claims(subject="oid", roles=("roles",), area="roles", area_prefix="area:", acr="acrs")
GROUPS = Claims(roles=("https://id.example/groups",), role_names={"/covid/doctors": "doctor"}, area="org.path")


@pytest.mark.parametrize(
    ("names", "claims", "roles", "area"),
    [
        (Claims(), {"roles": ["doctor"], "area": "/jinhe"}, {"doctor"}, "/jinhe"),
        (Claims(), {"roles": "doctor auditor", "area": "/jinhe/"}, {"doctor", "auditor"}, "/jinhe"),
        (Claims(), {"roles": ["doctor", "offline_access"], "area": ["/"]}, {"doctor"}, "/"),
        (
            KEYCLOAK,
            {"realm_access": {"roles": ["clerk", "x"]}, "resource_access": {"lastmetre": {"roles": ["physician"]}}}
            | {"area": ["/jinhe/hedong"]},
            {"community", "doctor"},
            "/jinhe/hedong",
        ),
        (ENTRA, {"oid": "o1", "roles": ["city", "area:/jinhe"]}, {"city"}, "/jinhe"),
        (
            GROUPS,
            {"https://id.example/groups": ["/covid/doctors"], "org": {"path": "/jinhe"}},
            {"doctor"},
            "/jinhe",
        ),
    ],
)
def test_roles_and_area_come_from_where_the_settings_say(
    names: Claims, claims: dict[str, Any], roles: set[str], area: str
) -> None:
    caller = principal_of({"sub": "s"} | claims, names)
    assert (caller.roles, caller.area) == (roles, area)
    assert caller.subject == claims.get("oid", "s")


@pytest.mark.parametrize("given", [["community"], ["city"], "city", {"city": True}, None, [["city"]], [7]])
def test_with_a_table_of_roles_only_the_names_in_it_count(given: Any) -> None:
    assert principal_of({"sub": "s", "area": "/", "realm_access": {"roles": given}}, KEYCLOAK).roles == frozenset()


def test_a_role_without_a_meaning_is_named_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "shared.web.claims"):
        principal_of({"sub": "s", "area": "/", "roles": ["wizard", "city"]}, Claims())
    assert [record.getMessage() for record in caplog.records] == ["roles of a token that have no meaning here: wizard"]


@pytest.mark.parametrize("area", [None, "", "jinhe", [], ["/a", "/b"], 7, {"path": "/"}])
def test_an_account_without_one_area_is_refused(area: Any) -> None:
    with pytest.raises(Unauthenticated) as refused:
        principal_of({"sub": "s", "roles": ["city"], "area": area}, Claims())
    assert refused.value.code == "access.token_incomplete"
    assert "administrator" in refused.value.message
    assert "管理员" in refused.value.details["detail_zh"]


def test_the_subject_is_the_claim_that_the_settings_name_and_no_other() -> None:
    with pytest.raises(Unauthenticated):
        principal_of({"sub": "s", "roles": ["city", "area:/"]}, ENTRA)


@pytest.mark.parametrize(
    ("claims", "at"),
    [
        ({"acr": "2", "auth_time": 1000}, 1000.0),
        ({"acr": ["1", "2"], "auth_time": 1000}, 1000.0),
        ({"acr": "1", "auth_time": 1000}, 0.0),
        ({"acr": 2, "auth_time": 1000}, 0.0),
        ({"acr": "2"}, 0.0),
        ({"acr": "2", "auth_time": True}, 0.0),
        ({"acr": "2", "auth_time": "1000"}, 0.0),
        ({"acr": "2", "auth_time": 10**400}, 0.0),
        ({"acr": "2", "auth_time": float("nan")}, 0.0),
        ({"auth_time": 1000}, 0.0),
    ],
)
def test_a_sign_in_is_strong_by_its_level_and_time(claims: dict[str, Any], at: float) -> None:
    whole = {"sub": "s", "roles": ["city"], "area": "/"} | claims
    assert principal_of(whole, Claims(), ("2",)).strong_at == at


@pytest.mark.parametrize(
    "rules",
    [
        TokenRules(algorithms=("HS256",)),
        TokenRules(algorithms=("none",)),
        TokenRules(claims=Claims(role_names={"boss": "everything"})),
    ],
)
def test_a_process_does_not_start_with_rules_that_are_unsafe(rules: TokenRules) -> None:
    with pytest.raises(ValueError, match="LASTMETRE_"):
        check_rules(rules)
