"""A service's routes for operators, asked by a command."""

from typing import Any

from deploy.launcher.errors import ServicesNotReady
from deploy.service_client import ServiceClient

TOKEN = "LASTMETRE_TOKEN"
PATIENCE_S = 15.0


class OperatorApi:
    """Asks one service with an operator's token."""

    def __init__(self, service: str, url: str, token: str) -> None:
        self._service = service
        self._url = url.rstrip("/")
        self._token = token

    def items(self, path: str, **params: str) -> list[dict[str, Any]]:
        """Return every item of a list, page by page. Raises `ServerUnreachable`, `ServicesNotReady`."""
        items: list[dict[str, Any]] = []
        after = ""
        while True:
            page = self._ask("GET", path, params=params | ({"after": after} if after else {}))
            if not page.get("read", True):
                raise ServicesNotReady(f"{self._service} cannot read its dead letters: the bus does not answer it")
            items += page["items"]
            if page["next"] is None and not page.get("behind"):
                return items
            if page["next"] is None:  # the service lists more of the bus with each request
                items.clear()
            after = page["next"] or ""

    def get(self, path: str) -> dict[str, Any]:
        """Return what stands there. Raises `Refusal`, `ServerUnreachable`."""
        return self._ask("GET", path)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return what the service answers to a body. Raises `ServerUnreachable`, `ServicesNotReady`."""
        return self._ask("POST", path, json=body)

    def _ask(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        with ServiceClient(PATIENCE_S) as client:
            read: dict[str, Any] = client.ask(self._service, method, self._url + path, self._token, **content)
            return read
