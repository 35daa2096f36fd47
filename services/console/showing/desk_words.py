"""The words for what registration answers about triage desks as codes."""

from collections.abc import Mapping

from services.console.showing.texts import N_

Words = Mapping[str, str]

WORDS: Mapping[str, Words] = {
    "triage_outcome": {
        "new": N_("new file"),
        "known": N_("known person"),
        "examined": N_("examined by another office"),
    },
    "triage_step": {
        "clinic": N_(
            "Fever or symptoms: give a mask, seat the person apart, do not let the person go home. Call the transport"
            " to the fever clinic. The isolation case is being opened; the doctor and the keeper get a message now."
        ),
        "isolate": N_(
            "From a high-risk region: the person goes home directly and does not leave the door. The case begins by"
            " itself; the keeper brings the notice and the kit."
        ),
        "watch": N_("From a region of risk: the person goes home, measures twice a day and reports any symptom."),
        "examined": N_(
            "The file is examined by another office; you get no further answer, and no card is given today."
        ),
        "card": N_("Hand the card over: at the gate it stands for the code of a person without a phone."),
        "home": N_("Nothing else: the person may go."),
    },
    "card_given": {"none": N_("no card"), "made": N_("card made here"), "blank": N_("blank card given")},
}
FIELDS: Words = {
    "who": N_("ID number, phone or card"),
    "room": N_("Room"),
    "staff": N_("On duty"),
    "contact_phone": N_("Phone"),
}
