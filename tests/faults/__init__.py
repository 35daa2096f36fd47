"""Faults on purpose: services as processes, three real brokers and the real store, broken by a seeded schedule."""
