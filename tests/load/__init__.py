"""Measurements over as much as a community keeps: `make load`."""
