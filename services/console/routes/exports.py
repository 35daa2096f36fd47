"""Exports: a list with names goes into a file once registration has recorded that, by a fresh sign-in (RFC 9470)."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from fastapi.responses import Response

from services.console.client import views
from services.console.client.apis import ApiRefused
from services.console.routes.callers import Staffed
from services.console.showing import sheets
from services.console.showing.texts import N_

LONGEST_PATH = 400
EXPORTED = 5_000  # rows of a file, and at most a page of the list more

T = TypeVar("T")


@dataclass(frozen=True)
class Gathered(Generic[T]):
    """The rows of a list for a file, and whether the list has more."""

    rows: Sequence[T]
    is_cut: bool


async def gather_rows(read: Callable[[str], Awaitable[tuple[Sequence[T], str | None]]]) -> Gathered[T]:
    """Return the rows of a list; `read` returns those behind a cursor, and the cursor behind them."""
    rows, after = await read("")
    gathered = list(rows)
    while after and len(gathered) < EXPORTED:
        rows, after = await read(after)
        gathered += rows
    return Gathered(gathered, bool(after))


async def gather_items(read: Callable[[str], Awaitable[views.Page[views.T]]]) -> Gathered[views.T]:
    """Return the items of a list of a service; `read` returns the page behind a cursor."""

    async def rows(after: str) -> tuple[Sequence[views.T], str | None]:
        page = await read(after)
        return page.items, page.next

    return await gather_rows(rows)


async def state_export(visit: Staffed, name: str, area_path: str = "", purpose: str = "") -> None:
    """State that the person takes a list of an area, by default the own one, away in a file.

    Raises `ApiRefused` while another area is open by break-glass, and `StepUpNeeded` without a fresh sign-in by a
    second factor: the form is then shown again after it.
    """
    if visit.glass:
        text = visit.text(N_("Break-glass opens an area for reading alone: close it before you export a list."))
        raise ApiRefused("console", 403, "console.export_by_glass", text)
    body = {"list": name, "area_path": area_path or visit.person.area}
    await visit.api.post("registration", "/v1/exports", views.Nothing, body, purpose)


def answer_csv(
    visit: Staffed, name: str, heading: Sequence[str], rows: Iterable[Sequence[object]], is_cut: bool = False
) -> Response:
    """Return a table as a .csv that the browser keeps as a file; `heading` are marked texts.

    The last row of a table that `is_cut` says so.
    """
    lines = list(rows)
    if is_cut:
        text = N_("The list has more than these %(count)s rows: choose fewer, and export again.")
        lines.append([visit.text(text, count=len(lines))])
    content = sheets.csv_of([visit.text(title) for title in heading], lines)
    kept_as = f'attachment; filename="{name}.csv"'
    return Response(content, media_type=sheets.CSV, headers={"Content-Disposition": kept_as})
