"""The words for what services answer as codes about the rights of a person."""

from collections.abc import Mapping

from services.console.showing.texts import N_

WORDS: Mapping[str, Mapping[str, str]] = {
    "right_kind": {
        "export": N_("copy of the own data"),
        "correction": N_("correction of data"),
        "erasure": N_("erasure of data"),
    },
    "right_state": {"open": N_("to answer"), "granted": N_("granted"), "refused": N_("refused")},
    "identity": {
        "signed_in": N_("signed in"),
        "paper_seen": N_("identity paper seen"),
        "known_in_person": N_("known in person"),
        "representative": N_("representative with a proxy"),
    },
    "correctable": {"name": N_("name"), "phone": N_("phone"), "other": N_("other data of the file")},
    "obstacle": {
        "open_case": N_("an isolation case is open"),
        "colour": N_("evidence for a colour still counts"),
        "open_appeal": N_("an appeal is open"),
        "other_request": N_("a correction is open"),
    },
    "data_then": {
        "delete": N_("goes with an erasure"),
        "blank": N_("stays without words and name after an erasure"),
        "keep": N_("stays under a number without a name after an erasure"),
    },
    "data_kind": {
        "file": N_("resident file"),
        "file_history": N_("changes of the file"),
        "contacts_before": N_("former contacts"),
        "contacts": N_("contacts"),
        "changes": N_("changes of the file, as kept"),
        "appeals": N_("appeals"),
        "journeys": N_("journeys"),
        "returns": N_("approvals of returns"),
        "codes": N_("health codes"),
        "colours": N_("colours"),
        "evidence": N_("evidence of colours"),
        "requests": N_("requests about personal data"),
        "readings": N_("who has read the data"),
        "cases": N_("isolation cases"),
        "measurements": N_("measurements"),
        "passages": N_("passages at gates"),
        "alerts": N_("alerts"),
        "overrides": N_("overrides"),
        "permits": N_("permits"),
        "visits": N_("visits to the person"),
        "deliveries": N_("deliveries"),
        "messages": N_("messages"),
        "plates": N_("number plates"),
        "examinations": N_("rows to examine"),
    },
}
