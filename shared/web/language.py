"""The language of an answer, as `Accept-Language` asks for it (RFC 9110, section 12.5.4)."""

ZH, EN = "zh", "en"
LANGUAGES = (ZH, EN)


def language_of(accepted: str, otherwise: str = EN) -> str:
    """Return which of `LANGUAGES` the header prefers, or `otherwise` where it names none of them.

    Of equal weights the first one counts; a weight of 0 excludes a language.
    """
    weighed = []
    for at, part in enumerate(accepted.split(",")):
        name, _, parameters = part.strip().partition(";")
        base = name.strip().lower().partition("-")[0]
        if base in LANGUAGES and (weight := _weight(parameters)) > 0:
            weighed.append((-weight, at, base))
    return min(weighed)[2] if weighed else otherwise


def _weight(parameters: str) -> float:
    """Return the weight that the parameters state, 0 where they cannot be read."""
    quality = parameters.strip().lower()
    if not quality:
        return 1.0
    try:
        return float(quality.removeprefix("q="))
    except ValueError:
        return 0.0
