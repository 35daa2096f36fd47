"""The issuer's keys: read again every half minute; a key that the issuer publishes no longer is forgotten."""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import jwt

from shared.base.errors import Unauthenticated, Unavailable
from shared.base.json_types import Json, JsonView

REFRESH_S = 30.0
# A key is believed so long after it was read last. A process that was idle for longer reads the keys before it answers.
BELIEVED_S = 55.0
RETRY_S = 1.0
_READ_WITHIN_S = 5.0
_LOOPBACK = ("http://127.0.0.1:", "http://localhost:")

logger = logging.getLogger(__name__)


class IssuerKeys:
    """The public keys of a file or an https address, or of a server on this machine, by their ids.

    While the source cannot be read, the keys that were read last stay: gates work on while the issuer is away. `gone`
    is called after a reading by which a key left or changed.
    """

    def __init__(self, source: str, gone: Callable[[], None]) -> None:
        self._source = source
        self._gone = gone
        self._keys: dict[str, jwt.PyJWK] = {}
        self._published: dict[str, JsonView] = {}
        self._reading = asyncio.Lock()
        self._in_background: asyncio.Task[None] | None = None
        self._away = False
        self._read_at = -BELIEVED_S  # monotonic seconds of the last reading
        self.read_again_at = 0.0  # the next reading happens no earlier

    async def renew(self) -> None:
        """Read the keys again where the last reading is too old; cheap otherwise."""
        now = time.monotonic()
        if now - self._read_at < REFRESH_S or now < self.read_again_at or not self._published:
            return
        if now - self._read_at >= BELIEVED_S and not self._away:
            await self._read_once()
        elif self._in_background is None or self._in_background.done():
            self._in_background = asyncio.create_task(self._read_once(), name="issuer keys")

    async def get(self, kid: str) -> jwt.PyJWK:
        """Return a key. Raises `Unauthenticated` where it is not published, `Unavailable` where none can be read."""
        if kid not in self._keys:
            await self._read_once(kid)
        if kid in self._keys:
            return self._keys[kid]
        if self._away:
            raise Unavailable("access.no_keys", "The issuer's keys cannot be read now: try again soon", 5)
        raise Unauthenticated("access.key_unknown", "The token was signed by a key the issuer does not publish")

    async def _read_once(self, kid: str = "") -> None:
        async with self._reading:  # requests that waited for another's reading read no more
            if kid not in self._keys and time.monotonic() >= self.read_again_at:
                await self._read()

    async def _read(self) -> None:
        try:
            self._take(await self._fetched())
            self._away = False
            self._read_at = time.monotonic()
        except (OSError, ValueError, httpx.HTTPError, jwt.PyJWTError) as error:
            logger.warning("the issuer's keys cannot be read: %s", type(error).__name__)
            self._away = True
        self.read_again_at = time.monotonic() + (RETRY_S if self._away else REFRESH_S)

    def _take(self, published: Json) -> None:
        """Replace the keys. Raises `PyJWKSetError` for a set without a usable key; the earlier keys are gone then."""
        listed = {str(jwk.get("kid", "")): jwk for jwk in published["keys"]}
        changed = any(listed.get(kid) != jwk for kid, jwk in self._published.items())
        try:
            # A key knows its own algorithm: a token that names another is refused, whatever it was signed with.
            self._keys = {}
            self._keys = {key.key_id or "": key for key in jwt.PyJWKSet.from_dict(published).keys}
        finally:
            self._published = listed
            if changed:
                logger.warning("a key of the issuer was withdrawn: the tokens that it signed are forgotten")
                self._gone()

    async def _fetched(self) -> Json:
        """Return the published set. Raises `ValueError` for what is none."""
        if self._source.startswith(("https://", *_LOOPBACK)):
            async with httpx.AsyncClient(timeout=_READ_WITHIN_S) as client:
                published = (await client.get(self._source)).raise_for_status().json()
        else:
            published = json.loads(await asyncio.to_thread(Path(self._source).read_text))
        if not isinstance(published, dict) or not isinstance(published.get("keys"), list):
            raise ValueError("that is no set of keys")
        if not all(isinstance(one, dict) for one in published["keys"]):
            raise ValueError("a key is an object")
        return published
