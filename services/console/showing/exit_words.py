"""The words for what registration answers about permissions to leave as codes."""

from collections.abc import Mapping

from services.console.showing.texts import N_

Words = Mapping[str, str]

WORDS: Mapping[str, Words] = {
    "exit_reach": {
        "city": N_("out of the city"),
        "province": N_("out of the province"),
        "compound": N_("out of the closed compound"),
    },
    "exit_state": {
        "requested": N_("waits for a decision"),
        "approved": N_("approved"),
        "refused": N_("refused"),
        "withdrawn": N_("taken back"),
        "revoked": N_("revoked"),
        "expired": N_("expired"),
    },
    "exit_reason": {
        "medical": N_("doctor or hospital"),
        "work": N_("work"),
        "study": N_("school or study"),
        "supplies": N_("supplies"),
        "family": N_("family"),
        "other": N_("other"),
    },
    "exit_need": {
        "green_code": N_("green health code"),
        "no_isolation": N_("no isolation"),
        "recent_test": N_("recent negative test"),
    },
}
