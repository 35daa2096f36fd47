"""The words for what rules at gates, journeys and appeals answer as codes."""

from collections.abc import Mapping

from services.console.showing.texts import N_

Words = Mapping[str, str]

WORDS: Mapping[str, Words] = {
    "direction": {"in": N_("in"), "out": N_("out")},
    "verdict": {"allow": N_("let through"), "deny": N_("turned back"), "recheck": N_("checked by hand")},
    "credential": {
        "code": N_("health code"),
        "card": N_("card"),
        "id_number": N_("ID number"),
        "plate": N_("number plate"),
        "visitor": N_("visitor's slip"),
    },
    "mode": {"cached": N_("by the device's list"), "offline": N_("offline"), "paper": N_("from paper")},
    "checkpoint_kind": {
        "compound": N_("compound"),
        "workplace": N_("workplace"),
        "dormitory": N_("dormitory"),
        "venue": N_("venue"),
        "road": N_("road"),
    },
    "exits": {"free": N_("everybody may leave"), "permit": N_("out with an exit permit only")},
    "visitors": {
        "measured": N_("visitors come in when they are measured"),
        "registered": N_("visitors register first"),
        "none": N_("no visitors"),
    },
    "admission": {"anyone": N_("everybody is served"), "listed": N_("only people on the list of the gate come in")},
    "elsewhere": {
        "unknown": N_("cards of other communities are answered as unknown ones"),
        "known": N_("cards of other communities are answered with what is known"),
    },
    "trail": {
        "defined": N_("checkpoint defined or renamed"),
        "policy_stated": N_("rules stated"),
        "policy_withdrawn": N_("rules withdrawn"),
    },
    "override": {
        "medical_emergency": N_("medical emergency"),
        "fire": N_("fire"),
        "police": N_("police"),
    },
    "override_state": {"open": N_("to review"), "reviewed": N_("reviewed")},
    "override_outcome": {"justified": N_("justified"), "unjustified": N_("not justified")},
    "risk": {"low": N_("low risk"), "medium": N_("medium risk"), "high": N_("high risk")},
    "journey_state": {
        "waiting": N_("wait for a second person"),
        "planned": N_("still to come"),
        "current": N_("arrived, within 14 days"),
        "past": N_("past"),
        "cancelled": N_("cancelled"),
        "refused": N_("refused"),
    },
    "report_state": {
        "open": N_("to verify"),
        "verified": N_("verified"),
        "unfounded": N_("unfounded"),
    },
    "return_state": {
        "open": N_("to complete and sign"),
        "approved": N_("approved"),
        "refused": N_("refused"),
        "expired": N_("expired"),
        "arrived": N_("arrived"),
        "cancelled": N_("cancelled"),
    },
    "return_needs": {
        "form": N_("form"),
        "certificate": N_("certificate"),
        "code": N_("health code"),
        "employer_consent": N_("consent of the employer"),
        "destination_signature": N_("signature of the destination"),
        "departure_signature": N_("signature of the departure"),
    },
    "return_side": {
        "destination": N_("signature of the destination"),
        "departure": N_("signature of the departure"),
    },
    "certificate_kind": {
        "nucleic_acid": N_("nucleic acid test"),
        "health": N_("health certificate"),
        "end_of_isolation": N_("end of isolation"),
    },
    "appeal_state": {"open": N_("to decide"), "upheld": N_("upheld"), "rejected": N_("rejected")},
}
FIELDS: Words = {
    "valid_until": N_("Valid until"),
    "issued_on": N_("Issued on"),
    "purpose": N_("Purpose"),
    "since": N_("From"),
    "outcome": N_("Outcome"),
    "note": N_("Note"),
    "origin_region": N_("From where"),
    "departs_on": N_("Leaves on"),
    "arrives_on": N_("Arrives on"),
    "text": N_("What the person says"),
}
