"""What a form about rules at a gate states, as the service takes it (R2.1)."""

import re
from collections.abc import Callable, Mapping, Sequence

_NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?")
_NUMBERS = ("repeat_within_s", "unknown_per_minute", "second_compound_minutes", "quota_persons", "quota_days")
_CODES = ("exits", "visitors", "admission", "elsewhere")
_SWITCHES = ("fever_at_limit", "mask_required", "anti_passback", "reveals_outings")


def rules_of(value: Callable[[str], str], values: Callable[[str], Sequence[str]]) -> Mapping[str, object]:
    """Return the rules that a form states, by the names of the service's fields; `value` and `values` read the form.

    Numbers stay as they were typed, so that a form that is refused shows them again.
    """
    begins, ends = value("curfew_from"), value("curfew_to")
    return {
        "fever_over_c": value("fever_over_c").replace(",", "."),
        **{name: bool(value(name)) for name in _SWITCHES},
        **{name: value(name) for name in (*_CODES, *_NUMBERS)},
        "curfew": [begins, ends] if begins or ends else None,
        "watched_plates": value("watched_plates").replace("，", " ").replace(",", " ").replace("、", " ").split(),
        "leads_out": value("leads_out") or None,
        "compared_for": list(values("compared_for")),
    }


def number_or_text(value: object) -> object:
    """Return the number that a text is; any other value as it is: the service says what is wrong."""
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        return value
    return float(value) if "." in value else int(value)
