"""The words for what checkpoint answers as codes: states of gates and devices, rules of alerts, outcomes of reviews."""

from collections.abc import Mapping

from services.console.showing.texts import N_

GATE_WORDS: Mapping[str, Mapping[str, str]] = {
    "gate_state": {
        "online": N_("online"),
        "silent": N_("silent"),
        "unequipped": N_("no device"),
        "closed": N_("closed"),
    },
    "device_state": {
        "active": N_("online"),
        "silent": N_("silent"),
        "revoked": N_("revoked"),
    },
    "revocation": {
        "lost": N_("lost"),
        "stolen": N_("stolen"),
        "faulty": N_("faulty"),
        "retired": N_("no longer in use"),
    },
    "alert_rule": {
        "fever": N_("fever at the gate"),
        "breach": N_("left isolation"),
        "colour": N_("yellow or red code"),
        "forged": N_("forged code"),
        "expired": N_("expired code"),
        "revoked": N_("revoked code"),
        "copied": N_("one code at two gates"),
        "repeated": N_("denied again and again"),
        "watched": N_("vehicle from a risk region"),
        "silent": N_("silent device"),
        "gap": N_("scans that never came"),
        "clock": N_("wrong clock"),
        "passback": N_("came in twice"),
        "probing": N_("many unknown numbers tried"),
        "quota": N_("more of a household out than may"),
        "misuse": N_("pass misused"),
    },
    "alert_outcome": {
        "confirmed": N_("confirmed"),
        "handled": N_("dealt with"),
        "false_alarm": N_("false alarm"),
    },
}
