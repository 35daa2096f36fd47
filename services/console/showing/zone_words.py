"""The words for what registration answers about zones as codes."""

from collections.abc import Mapping

from services.console.showing.texts import N_

Words = Mapping[str, str]

WORDS: Mapping[str, Words] = {
    "zone_kind": {"lockdown": N_("lockdown area"), "control": N_("control area"), "prevention": N_("prevention area")},
    "zone_state": {
        "proposed": N_("waiting for a second person"),
        "rejected": N_("refused or withdrawn"),
        "expired": N_("expired"),
        "ordered": N_("ordered, begins later"),
        "in_force": N_("in force"),
        "lift_asked": N_("lifting asked for"),
        "lifted": N_("lifted"),
    },
    "zone_exits": {
        "none": N_("no resident leaves"),
        "quota": N_("a household leaves by quota"),
        "free": N_("all residents may leave"),
    },
    "zone_entries": {
        "checked": N_("residents come home once they are checked by hand, and nobody else"),
        "residents": N_("residents alone come in"),
        "free": N_("all may come in"),
    },
    "zone_deliveries": {
        "to_door": N_("staff bring goods to the door"),
        "to_gate": N_("goods are handed over at the gate"),
        "free": N_("goods come as ever"),
    },
    "zone_item": {
        "no_new_case": N_("no new case for the days of the policy"),
        "test_rounds_done": N_("all test rounds done, all negative"),
        "last_contact_negative": N_("the last contact tested negative"),
        "disinfected": N_("rooms and ways disinfected"),
        "supplies_settled": N_("supply and special care settled"),
    },
    "zone_step": {
        "asked": N_("asked for the lifting"),
        "agreed": N_("approved the lifting"),
        "refused": N_("refused it"),
    },
    "place_level": {
        "city": N_("city"),
        "district": N_("district"),
        "street": N_("street"),
        "community": N_("community"),
    },
}
FIELDS: Words = {
    "paths": N_("Places"),
    "review_on": N_("Review on"),
    "source": N_("Document"),
    "quota_persons": N_("Persons of a household"),
    "quota_days": N_("in so many days"),
}
