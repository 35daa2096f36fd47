"""The words for qualifications and duties of staff, and for what a person answers for at a place."""

from collections.abc import Mapping

from services.console.showing.texts import N_

WORDS: Mapping[str, Mapping[str, str]] = {
    "qualification": {
        "doctor": N_("doctor"),
        "nurse": N_("nurse"),
        "sampler": N_("sampler"),
        "epidemiologist": N_("epidemiologist"),
        "psychologist": N_("psychologist"),
        "disinfector": N_("disinfector"),
        "driver": N_("driver"),
        "security": N_("security guard"),
        "interpreter": N_("interpreter"),
        "cook": N_("cook"),
        "repair": N_("repairs"),
    },
    "staff_duty": {
        "leader": N_("leader"),
        "clerk": N_("clerk"),
        "grid_work": N_("grid work"),
        "gate": N_("duty at a gate"),
        "sampling": N_("sampling"),
        "medical": N_("medical care"),
        "disinfection": N_("disinfection"),
        "delivery": N_("deliveries"),
        "patrol": N_("patrol"),
        "counselling": N_("counselling"),
        "publicity": N_("publicity"),
        "volunteer": N_("volunteer"),
    },
    "keeper_duty": {
        "area_leader": N_("area leader"),
        "grid_leader": N_("grid leader"),
        "building_leader": N_("building leader"),
        "keeper": N_("keeper of households"),
        "doctor": N_("doctor"),
        "police_contact": N_("police contact"),
    },
    "staff_act": {
        "registered": N_("registered"),
        "changed": N_("changed"),
        "ended": N_("left"),
        "imported": N_("imported"),
    },
}
