"""The published language: one module a publishing service. Contracts only gain optional fields; else `v2`."""
