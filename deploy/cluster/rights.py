"""What each service's user may do on the bus: what the service's code does, and nothing else."""

from typing import NamedTuple

from deploy.cluster.traffic import Traffic, all_traffic


class Right(NamedTuple):
    """The operations that one user may do on one topic or consumer group (`kind`)."""

    user: str
    kind: str
    name: str
    operations: tuple[str, ...]


def rights_of(traffic: Traffic) -> list[Right]:
    """Return the rights of one service: to read as its groups, to read and write its topics."""
    user = traffic.service
    rights = [Right(user, "group", group, ("Read",)) for group in traffic.groups]
    for topic in sorted(traffic.read | traffic.written):
        done = [("Read", topic in traffic.read), ("Write", topic in traffic.written)]
        rights.append(Right(user, "topic", topic, ("Describe", *(name for name, holds in done if holds))))
    return rights


def all_rights() -> list[Right]:
    """Return the rights of every service."""
    return [right for traffic in all_traffic() for right in rights_of(traffic)]
