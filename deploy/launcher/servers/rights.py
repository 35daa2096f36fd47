"""Gives users their rights on a bus (ACLs): those that are given, and no others."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest

from deploy.cluster.rights import Right
from deploy.launcher.servers.topics import REACH_S, ask_until_up

_KINDS = {"topic": 2, "group": 3}
_OPERATIONS = {"Read": 3, "Write": 4, "Describe": 8}
_ANY, _LITERAL, _ALLOW, _EVERY_HOST = 1, 3, 3, "*"
_Acl = tuple[int, str, int, str, str, int, int]  # kind, name, pattern, principal, host, operation, permission


async def allow(bootstrap: str, rights: Iterable[Right], within_s: float = REACH_S) -> tuple[int, int]:
    """Give the rights, then take every other right from their users; return how many were given and taken.

    Raises `ServerUnreachable`, and `KafkaError` where the bus has no authorizer or refuses.
    """
    wanted = {acl for right in rights for acl in _acls(right)}
    users = sorted({acl[3] for acl in wanted})

    async def give(admin: AIOKafkaAdminClient) -> tuple[int, int]:
        present = {acl for user in users for acl in [one async for one in _present(admin, user)]}
        for acl in sorted(wanted - present):
            (outcome,) = (await admin._send_to_controller(CreateAclsRequest(*acl))).creation_responses
            _raise_for(*outcome)
        for acl in sorted(present - wanted):
            (outcome,) = (await admin._send_to_controller(DeleteAclsRequest(*acl))).filter_responses
            _raise_for(*outcome[:2])
        return len(wanted - present), len(present - wanted)

    return await ask_until_up(bootstrap, within_s, give)


def _acls(right: Right) -> list[_Acl]:
    return [
        (_KINDS[right.kind], right.name, _LITERAL, f"User:{right.user}", _EVERY_HOST, _OPERATIONS[operation], _ALLOW)
        for operation in right.operations
    ]


async def _present(admin: AIOKafkaAdminClient, principal: str) -> AsyncIterator[_Acl]:
    filtered: tuple[Any, ...] = (_ANY, None, _ANY, principal, None, _ANY, _ANY)
    response = await admin._send_to_controller(DescribeAclsRequest(*filtered))
    _raise_for(response.error_code, response.error_message)
    for kind, name, pattern, acls in response.resources:
        for of, host, operation, permission in acls:
            yield kind, name, pattern, of, host, operation, permission


def _raise_for(code: int, message: str | None) -> None:
    if code:
        raise for_code(code)(message)
