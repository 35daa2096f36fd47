"""The words for what registration answers about the welfare of staff as codes."""

from collections.abc import Mapping

from services.console.showing.texts import N_

Words = Mapping[str, str]

WORDS: Mapping[str, Words] = {
    "welfare_kind": {
        "insurance": N_("epidemic insurance"),
        "pledge": N_("pledge signed"),
        "goods": N_("goods received"),
    },
}
