"""Upgrades: two versions of the services over the same store and bus."""
