"""Sealers of tests that need no key of a service."""

from shared.base.sealing import Sealer

SEALER = Sealer(bytes(range(32)))
