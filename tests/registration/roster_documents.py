"""Documents of imports that the table of versions uses: a remembered mapping, and the file of bad rows."""

from typing import Any

import httpx

COLUMNS = {"小区名": "compound", "几号": "room", "谁": "name", "证件": "id_number"}


async def remember_mapping(client: Any, phone: str = "") -> None:
    """Remember a mapping, or change the one that is remembered."""
    body = {"kind": "residents", "columns": COLUMNS | {"打几号": phone}}
    answer = await client.put("/v1/import-mappings", json=body)
    assert answer.status_code == httpx.codes.OK, answer.text


async def take_error_sheet(client: Any, import_id: str) -> None:
    """Take the bad rows of an import to correct them."""
    answer = await client.get(f"/v1/imports/{import_id}/error-sheet")
    assert answer.content.startswith(b"PK"), answer.text
