"""The normal form of names: what two people would call the same name is the same text."""

import unicodedata


def normal_form(text: str) -> str:
    """Return the text without spaces and middle dots, in one width (NFKC) and one case."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if not character.isspace() and character not in "·•・")


def beginnings(text: str) -> list[str]:
    """Return every beginning of the text's normal form, the shortest first; the last is the whole."""
    normal = normal_form(text)
    return [normal[:end] for end in range(1, len(normal) + 1)]
