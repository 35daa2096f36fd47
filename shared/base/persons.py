"""Persons as tokens name them: who is the same person for a rule that asks for two."""

from shared.base.normal_form import fold, word


def same_person(one: str | None, other: str | None) -> bool:
    """Whether two subjects of tokens may be one person: width, invisible marks, blanks and case mean nothing.

    For rules that ask for two people. What a token gives a right to is compared exactly.
    """
    return bool(one) and bool(other) and word(one or "") == word(other or "")


def is_clear(subject: str) -> bool:
    """Whether a token's subject has no second form: no blanks, no invisible mark, no width, no look-alike dash."""
    return bool(subject) and fold(subject).replace(" ", "") == subject
