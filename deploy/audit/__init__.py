"""The reconciliation of a whole city: what was said, what was stored and what followed from it must agree."""
