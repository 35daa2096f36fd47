"""The Chinese texts of problem details, by problem code: what is wrong, where, and what to do.

The English text stands where the error is raised. A text here may name details of the problem as `{name}`; each raise
of that code then gives these details.
"""

from collections.abc import Mapping
from types import MappingProxyType

from shared.base.json_types import Json
from shared.web.problems import checkpoint, imports, isolation, operators, registration, request, supply

TEXTS: Mapping[str, str] = MappingProxyType(
    request.TEXTS
    | checkpoint.TEXTS
    | imports.TEXTS
    | isolation.TEXTS
    | operators.TEXTS
    | registration.TEXTS
    | supply.TEXTS
)


def chinese_of(code: str, details: Mapping[str, Json]) -> str | None:
    """Return the Chinese text of a problem, or None without one.

    The text of the raise site, its detail `detail_zh`, goes before that of the catalog.
    """
    if own := details.get("detail_zh"):
        return str(own)
    text = TEXTS.get(code)
    try:
        return text.format_map(details) if text else None
    except KeyError:  # an error without the details that the text names: its English text has them
        return None
