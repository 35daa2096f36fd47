"""The authorities whose certificates the console's HTTP clients trust."""

import ssl
from functools import cache

import httpx


@cache
def authorities() -> ssl.SSLContext:
    """Return them, read once: each client would read them anew, and Authlib makes two clients for each sign-in."""
    return httpx.create_ssl_context(trust_env=False)
