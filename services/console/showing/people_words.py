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
    "paper": N_("the number of another paper"),
    "door": N_("a door"),
    "plate": N_("a plate"),
}

PAPERS: Words = {
    "resident_id": N_("resident ID card"),
    "passport": N_("passport"),
    "hk_macau_permit": N_("permit of Hong Kong or Macau"),
    "taiwan_permit": N_("permit of Taiwan"),
    "foreign_resident_card": N_("foreigner's permanent residence card"),
}
ADDRESSES: Words = {"registered": N_("registered address"), "second_home": N_("second home")}
RELATIONS: Words = {
    "head": N_("head of the household"),
    "spouse": N_("spouse"),
    "child": N_("child"),
    "son": N_("son"),
    "daughter": N_("daughter"),
    "grandchild": N_("grandchild"),
    "parent": N_("parent"),
    "father": N_("father"),
    "mother": N_("mother"),
    "grandparent": N_("grandparent"),
    "sibling": N_("sibling"),
    "in_law": N_("son- or daughter-in-law"),
    "tenant": N_("tenant"),
    "nanny": N_("nanny"),
    "other": N_("other"),
}
PRESENCES: Words = {"here": N_("lives here"), "departed": N_("departed"), "dead": N_("dead")}

WORDS: Mapping[str, Words] = {
    "looked_for": LOOKED_FOR,
    "paper": PAPERS,
    "address": ADDRESSES,
    "relation": RELATIONS,
    "presence": PRESENCES,
}
