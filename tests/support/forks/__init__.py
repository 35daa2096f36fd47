"""Processes of services for tests, forked from one that has imported them: a start costs a tenth of an import."""
