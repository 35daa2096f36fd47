"""Bodies about columns that are mapped by hand."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints

from services.registration.domain.import_mappings import MOST_TITLES, ImportMapping
from services.registration.domain.imports import Kind
from services.registration.schemas import Body, View
from services.registration.usecases.import_mappings import Looked

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=220)]
ColumnName = Annotated[str, StringConstraints(pattern=r"^([a-z_]{1,40})?$")]
_MAPPING = {"姓 名(必填)": "name", "证件": "id_number", "小区名": "compound", "几号": "room", "序号": ""}
_ABOUT = "The column of the roster by each title of the file's heading; an empty one is not read"


class ImportMappingBody(Body):
    """A mapping of a heading to the columns of a roster; a title that repeats is numbered: 电话, 电话 (2)."""

    kind: Kind
    columns: Annotated[
        dict[Title, ColumnName],
        Field(min_length=1, max_length=MOST_TITLES, description=_ABOUT, examples=[_MAPPING]),
    ]


class ImportMappingView(View):
    """A mapping that an office's clerks are offered for a file with the same titles, in any order."""

    mapping_id: str
    kind: Kind
    area_path: str
    columns: Annotated[dict[str, str], Field(description=_ABOUT, examples=[_MAPPING])]
    by: str
    at: datetime

    @classmethod
    def of_mapping(cls, mapping: ImportMapping) -> Self:
        """Return the view of a mapping."""
        return cls.of(mapping, columns=dict(mapping.by_title))


class ColumnItem(View):
    """A column of a roster: its name, its usual title, and whether a file needs it."""

    name: str
    title: str
    required: bool


class ImportColumnsView(View):
    """The heading of a file, what each title is known for, its first rows, and the mapping that is remembered."""

    kind: Kind
    sheet: str
    row: Annotated[int, Field(description="The row of the heading, as the spreadsheet numbers it", ge=0)]
    titles: list[str]
    suggested: Annotated[dict[str, str], Field(description=_ABOUT, examples=[_MAPPING])]
    sample: list[list[str]]
    remembered: ImportMappingView | None
    columns: list[ColumnItem]

    @classmethod
    def of_file(cls, kind: Kind, looked: Looked, columns: Mapping[str, tuple[str, bool]]) -> Self:
        """Return the view of the top of a file."""
        remembered = ImportMappingView.of_mapping(looked.remembered) if looked.remembered else None
        items = [ColumnItem(name=name, title=title, required=needed) for name, (title, needed) in columns.items()]
        return cls.of(looked, kind=kind, columns=items, remembered=remembered)
