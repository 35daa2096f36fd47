"""The audit of a whole city: receipts, stores, bus and outboxes must agree."""
