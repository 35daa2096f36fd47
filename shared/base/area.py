"""Area paths: `/city/district/street/community/area/grid/...`; access, queries and sharding follow them."""

import posixpath
import re
from collections.abc import Collection

from shared.base.json_types import Json

_CODE = re.compile(r"[\w-]{1,40}")


def within(path: str, area: str) -> bool:
    """Whether `path` is `area` or lies below it; `/` holds everything."""
    return area == "/" or path == area or path.startswith(area.rstrip("/") + "/")


def child(parent: str, code: str) -> str:
    """Return the path of the place with that code below `parent`. Raises `ValueError` for an unusable code."""
    if not _CODE.fullmatch(code):
        raise ValueError(f"{code!r} is no place code: letters, digits, '_' and '-' only, at most 40")
    return f"{parent.rstrip('/')}/{code}"


def rebased(path: str, old: str, new: str) -> str:
    """Return a path that is `old` or lies below it as it is once `old` has become `new`; other paths stay."""
    return new + path[len(old) :] if within(path, old) else path


def ancestors(path: str) -> list[str]:
    """Return the path and every path above it, nearest first."""
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[:n]) for n in range(len(parts), 0, -1)]


def common(paths: Collection[str]) -> str:
    """Return the smallest area that holds all the paths; "" for no path."""
    return posixpath.commonpath(paths) if paths else ""


def query(area: str, field: str = "area_path") -> Json:
    """Return the MongoDB condition `field` lies within `area`: an index range, no regular expression."""
    if area == "/":
        return {}
    below = area.rstrip("/") + "/"
    return {"$or": [{field: area}, {field: {"$gte": below, "$lt": below[:-1] + "0"}}]}  # "0" follows "/"
