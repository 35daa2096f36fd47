"""Marks a field of an aggregate that no event may carry: names, numbers, contact points, a person's own words."""

from collections.abc import Mapping

PRIVATE: Mapping[str, bool] = {"private": True}  # `reason: str = field(metadata=PRIVATE)` in a dataclass
