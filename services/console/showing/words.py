"""The words for what services answer as codes: states, colours, reasons. A code of a later version stays as it is."""

from collections.abc import Mapping

from services.console.showing import (
    audit_words,
    desk_words,
    exit_words,
    movement_words,
    office_words,
    operator_words,
    people_words,
    rights_words,
    staff_words,
    welfare_words,
    zone_words,
)
from services.console.showing.gate_words import GATE_WORDS
from services.console.showing.texts import N_

Words = Mapping[str, str]

COLOURS: Words = {"green": N_("green"), "yellow": N_("yellow"), "red": N_("red")}
CASE_STATES: Words = {
    "planned": N_("planned"),
    "observing": N_("under observation"),
    "referred": N_("at the fever clinic"),
    "release_requested": N_("release requested"),
    "released": N_("released"),
    "cancelled": N_("withdrawn"),
}
CASE_KINDS: Words = {"home": N_("at home"), "central": N_("at a site")}
ORDER_STATES: Words = {
    "proposed": N_("waiting for a second person"),
    "approved": N_("in force"),
    "rejected": N_("refused or withdrawn"),
    "expired": N_("expired"),
    "lifted": N_("lifted"),
}
RULES_STATES: Words = {
    "proposed": N_("waiting for a second person"),
    "approved": N_("in force"),
    "withdrawn": N_("withdrawn"),
}
IMPORT_STATES: Words = {
    "waiting": N_("waiting"),
    "running": N_("running"),
    "done": N_("done"),
    "failed": N_("failed"),
}
IMPORT_KINDS: Words = {"residents": N_("residents"), "places": N_("places"), "staff": N_("staff")}
HALF_DAYS: Words = {"morning": N_("morning"), "afternoon": N_("afternoon")}
ROLES: Words = {
    "city": N_("city office"),
    "community": N_("community office"),
    "grid_worker": N_("grid worker"),
    "doctor": N_("doctor"),
    "volunteer": N_("volunteer"),
    "auditor": N_("auditor"),
    "operator": N_("operator"),
}
CARE: Words = {
    "elderly_alone": N_("elderly, alone"),
    "chronic_disease": N_("chronic disease"),
    "disabled": N_("disabled"),
    "hardship": N_("in hardship"),
    "bereaved": N_("bereaved"),
    "medical_family": N_("family of medical staff"),
}
WAIVERS: Words = {
    "ordered_late": N_("due before the order"),
    "at_clinic": N_("at the clinic"),
    "unreachable": N_("not reachable"),
    "refused": N_("refused"),
    "no_thermometer": N_("no thermometer"),
    "other": N_("another cause"),
}
SYMPTOMS: Words = {
    "fever": N_("fever"),
    "cough": N_("cough"),
    "shortness_of_breath": N_("shortness of breath"),
    "fatigue": N_("fatigue"),
    "sore_throat": N_("sore throat"),
    "loss_of_taste": N_("loss of taste"),
    "diarrhoea": N_("diarrhoea"),
    "muscle_pain": N_("muscle pain"),
}
RULES: Words = {
    "no_evidence": N_("no evidence"),
    "isolation": N_("isolation case"),
    "fever": N_("fever"),
    "risk_travel": N_("journey from a risk region"),
    "manual": N_("order by hand"),
}
LOG: Words = {
    "CasePlanned": N_("planned"),
    "CasePlanDropped": N_("plan dropped"),
    "CaseConfirmed": N_("confirmed by a second person"),
    "CaseOpened": N_("opened"),
    "CaseExtensionAsked": N_("longer time asked for"),
    "ExtensionLapsed": N_("longer time not confirmed"),
    "CaseExtended": N_("extended"),
    "CaseReferred": N_("sent to the fever clinic"),
    "CaseReturned": N_("came back from the clinic"),
    "CaseBreached": N_("seen at a gate"),
    "ReleaseRequested": N_("release requested"),
    "ReleaseHeld": N_("release held"),
    "CaseReleased": N_("released"),
    "CancellationAsked": N_("withdrawal asked for"),
    "CaseCancelled": N_("withdrawn"),
    "CaseMoved": N_("moved within the community"),
    "CaseHandoverStarted": N_("handover begun"),
    "CaseHandedOver": N_("handed over"),
    "CaseHandoverRefused": N_("handover refused"),
    "CaseHandoverWithdrawn": N_("handover withdrawn"),
    "MeasurementWaived": N_("measurement waived"),
    "MeasurementReported": N_("measurement reported"),
    "MeasurementMissed": N_("measurement missed"),
    "FeverReported": N_("fever reported"),
    "SymptomsReported": N_("symptoms reported"),
}
FILE_FIELDS: Words = {
    "name": N_("Name"),
    "area_path": N_("Door"),
    "card_hashes": N_("Cards"),
    "categories": N_("Special care"),
    "keeper_id": N_("Keeper"),
    "staff_id": N_("Member of staff"),
    "left": N_("State"),
    "phone": N_("Phone"),
    "language": N_("Language"),
    "urls": N_("Channels"),
    "papers": N_("Papers"),
    "addresses": N_("Further addresses"),
    "relation": N_("Relation to the head"),
    "consent": N_("Consent"),
    "state": N_("Departure, return, death"),
    "triage": N_("Registration at a triage desk"),
}
FILE_ACTS: Words = {
    "import": N_("Import of a roster"),
    "care": N_("Special care"),
    "staff": N_("Member of staff"),
    "card": N_("Card"),
    "contact": N_("Contact"),
    "examination": N_("Row of another office"),
    "undo": N_("Undone"),
    "papers": N_("Papers"),
    "addresses": N_("Further addresses"),
    "relation": N_("Relation to the head"),
    "consent": N_("Consent"),
    "state": N_("Departure, return, death"),
}
KEPT: Words = {
    "changed_since": N_("The file has changed since: undo single changes in its history, or correct it."),
    "used_since": N_("A code, a journey, a colour or an appeal rests on the file: correct the file instead."),
    "own": N_("The person is yours or lives in your household: a colleague undoes it in the file's history."),
    "examine": N_("Your area's rights do not undo it: ask the office above."),
}
EXAMINATION_STATES: Words = {
    "open": N_("to decide"),
    "accepted": N_("accepted"),
    "refused": N_("refused"),
}
WORDS: Mapping[str, Words] = {
    "colour": COLOURS,
    "rules_state": RULES_STATES,
    "case_state": CASE_STATES,
    "case_kind": CASE_KINDS,
    "order_state": ORDER_STATES,
    "import_state": IMPORT_STATES,
    "import_kind": IMPORT_KINDS,
    "half_day": HALF_DAYS,
    "role": ROLES,
    "care": CARE,
    "waiver": WAIVERS,
    "symptom": SYMPTOMS,
    "rule": RULES,
    "log": LOG,
    "file_field": FILE_FIELDS,
    "file_act": FILE_ACTS,
    "kept": KEPT,
    "examination_state": EXAMINATION_STATES,
    "service": operator_words.SERVICES,
    "check": operator_words.CHECKS,
    "process_role": operator_words.PROCESS_ROLES,
    "letter_state": operator_words.LETTER_STATES,
    "letter_reason": operator_words.LETTER_REASONS,
    "payload_kind": operator_words.PAYLOAD_KINDS,
    "payload_problem": operator_words.PAYLOAD_PROBLEMS,
    **GATE_WORDS,
    **exit_words.WORDS,
    **office_words.WORDS,
    **audit_words.WORDS,
    **movement_words.WORDS,
    **staff_words.WORDS,
    **people_words.WORDS,
    **rights_words.WORDS,
    **zone_words.WORDS,
    **desk_words.WORDS,
    **welfare_words.WORDS,
}
# What a form's fields are called where a form is shown again to be confirmed.
FIELDS: Words = {
    "reason": N_("Reason"),
    "colour": N_("Colour"),
    "until": N_("Until"),
    "days": N_("Days"),
    "kind": N_("Where"),
    "starts_on": N_("Begins on"),
    "length_days": N_("Length in days"),
    "temperature_c": N_("Temperature (°C)"),
    "names": N_("Residents"),
    "q": N_("Name or ID number"),
    "within": N_("Area"),
    "area_path": N_("Area"),
    "minutes": N_("Minutes"),
    **movement_words.FIELDS,
    **zone_words.FIELDS,
    **desk_words.FIELDS,
}
