"""The words for employers, their staff, venues and vehicles."""

from collections.abc import Mapping

from services.console.showing.texts import N_

WORDS: Mapping[str, Mapping[str, str]] = {
    "employer_kind": {
        "company": N_("company"),
        "factory": N_("factory"),
        "construction": N_("building site"),
        "logistics": N_("logistics"),
        "shop": N_("shop"),
        "school": N_("school"),
        "hospital": N_("hospital"),
        "public_body": N_("public body"),
        "other": N_("other"),
    },
    "employer_state": {
        "working": N_("at work"),
        "closed": N_("closed"),
        "resumed": N_("at work again"),
    },
    "employer_act": {
        "registered": N_("registered"),
        "changed": N_("changed"),
        "closed": N_("closed"),
        "resumed": N_("at work again"),
    },
    "employee_act": {
        "started": N_("came to work here"),
        "changed": N_("changed"),
        "left": N_("left"),
        "imported": N_("imported"),
        "undone": N_("import undone"),
    },
    "employee_show": {
        "here": N_("at work here"),
        "absent": N_("may not come in today"),
        "left": N_("have left"),
    },
    "venue_kind": {
        "supermarket": N_("supermarket"),
        "market": N_("market"),
        "pharmacy": N_("pharmacy"),
        "hotel": N_("hotel"),
        "restaurant": N_("restaurant"),
        "clinic": N_("clinic"),
        "bank": N_("bank"),
        "service_hall": N_("service hall"),
        "other": N_("other"),
    },
    "vehicle_kind": {
        "car": N_("car"),
        "van": N_("van"),
        "truck": N_("truck"),
        "bus": N_("bus"),
        "motorcycle": N_("motorcycle"),
        "other": N_("other"),
    },
}
