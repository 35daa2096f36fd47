"""Marks fields of an aggregate that no event may carry: names, numbers, contact points, a person's own words."""

from collections.abc import Mapping

PRIVATE: Mapping[str, bool] = {"private": True}  # `reason: str = field(metadata=PRIVATE)` in a dataclass
# What a doctor, an officer or a resident wrote: private, and sealed in the store (shared/store/sealed_fields.py).
SEALED: Mapping[str, bool] = {"private": True, "sealed": True}
