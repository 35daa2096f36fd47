"""How an office maps the columns of a foreign roster by hand: remembered by the titles of its heading (R1.12)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.registration.domain.imports import Kind
from shared.base.private import SEALED

MOST_TITLES = 256


@dataclass(frozen=True)
class ImportMapping:
    """A mapping of an area: `titles_key` is a keyed hash of the titles, in any order.

    `columns` is a JSON object of columns by title, sealed: a heading that was chosen wrongly is a row with names.
    """

    mapping_id: str
    kind: Kind
    area_path: str
    titles_key: str
    columns: str = field(metadata=SEALED)
    by: str
    at: datetime

    @property
    def by_title(self) -> Mapping[str, str]:
        """The column by each title; an empty one is not read."""
        by_title: dict[str, str] = json.loads(self.columns)
        return by_title


def columns_text(by_title: Mapping[str, str]) -> str:
    """Return how a mapping is stored."""
    return json.dumps(dict(by_title), ensure_ascii=False)
