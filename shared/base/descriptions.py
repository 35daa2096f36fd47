"""Docstrings as the texts of API documents: without the ids of requirements, which readers outside do not have."""

import re
from inspect import cleandoc

LONGEST_SUMMARY = 120
_REQUIREMENT = re.compile(r"(?:, | ?\()R\d[\d.]*(?:, R\d[\d.]*)*\)?(?=[.;,):]|$)")
_BREAK = re.compile(r"(?<=[.:;]) ")


def description_of(docstring: str) -> str:
    """Return a docstring without its indentation and without ids of requirements."""
    return _REQUIREMENT.sub("", cleandoc(docstring)).strip()


def summary_of(description: str) -> str:
    """Return the first sentence of a description, or what fits of it, without the full stop."""
    line = description.split("\n\n")[0].replace("\n", " ")
    sentence = line.split(". ")[0].rstrip(".")
    return sentence if len(sentence) <= LONGEST_SUMMARY else _BREAK.split(sentence)[0].rstrip(".:;")
