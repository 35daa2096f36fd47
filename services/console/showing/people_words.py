"""The words of a search for people, and of their files."""

from collections.abc import Mapping

from services.console.showing.texts import N_

Words = Mapping[str, str]

LOOKED_FOR: Words = {
    "name": N_("a name"),
    "pinyin": N_("a name in pinyin or by its initials"),
    "last_four": N_("the last four digits of a phone or an ID number"),
    "phone": N_("a phone"),
    "id_number": N_("an ID number"),
    "door": N_("a door"),
    "plate": N_("a plate"),
}

WORDS: Mapping[str, Words] = {"looked_for": LOOKED_FOR}
