"""HTTP clients of services on this machine."""

from urllib.parse import quote

import httpx


def http_client(base_url: str = "", token: str | None = None, timeout_s: float = 30) -> httpx.AsyncClient:
    """Return a client that sends the token, if any; the caller closes it.

    Nothing here speaks TLS, so it loads no certificates: that takes longer than a request, and tests that wait for
    something make a client for each look.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(base_url=base_url, headers=headers, timeout=timeout_s, trust_env=False, verify=False)


def stated(purpose: str) -> dict[str, str]:
    """Return the header that states for what personal data is read."""
    return {"Lastmetre-Purpose": quote(purpose)}
