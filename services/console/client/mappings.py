"""Columns of foreign rosters as registration answers them."""

from datetime import datetime

from pydantic import BaseModel


class RosterColumn(BaseModel):
    """A column of a roster."""

    name: str
    title: str
    required: bool


class Mapping(BaseModel):
    """How an office maps the titles of a heading."""

    mapping_id: str
    kind: str
    area_path: str
    columns: dict[str, str]
    by: str
    at: datetime


class FileColumns(BaseModel):
    """The heading of a file, its first rows, and the columns that its titles may be."""

    kind: str
    sheet: str
    row: int
    titles: list[str]
    suggested: dict[str, str]
    sample: list[list[str]]
    remembered: Mapping | None
    columns: list[RosterColumn]

    def samples(self, at: int) -> str:
        """Return the first texts of a column."""
        texts = [row[at] for row in self.sample if at < len(row) and row[at]]
        return "、".join(texts[:3])
