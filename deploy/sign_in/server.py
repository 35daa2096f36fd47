"""The protocol: authorization code with PKCE (S256), refresh tokens and ID tokens, by Authlib's grants."""

import json
import secrets
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from authlib.oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from starlette.responses import Response

from deploy.launcher.secrets.issuer import Issuer
from deploy.sign_in.sessions import CODE_S, Code, Memory, Refresh, SignedIn

ACCESS_S = 300  # short: who is signed out at the provider is out at the services within this time
AUTH_METHODS = ["client_secret_basic", "client_secret_post"]
SCOPES = ("openid", "profile", "offline_access")


@dataclass(frozen=True)
class Client:
    """A program that people sign in to; its methods have the names by which Authlib asks."""

    client_id: str
    secret: str
    redirects: Sequence[str]
    after_sign_out: Sequence[str]

    def get_client_id(self) -> str:
        """Return the id."""
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """Return none: a client states where a code goes."""

    def get_allowed_scope(self, scope: str | None) -> str:
        """Return what of a scope is granted."""
        return " ".join(one for one in (scope or "openid").split() if one in SCOPES)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether codes may go there: exactly as registered."""
        return redirect_uri in self.redirects

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether that is the client's secret."""
        return secrets.compare_digest(self.secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method: str, _: str) -> bool:
        """Whether the client proves itself by this method."""
        return method in AUTH_METHODS

    def check_response_type(self, response_type: str) -> bool:
        """Whether the client may ask for this."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether the client may use this grant."""
        return grant_type in ("authorization_code", "refresh_token")


class _Payload(OAuth2Payload):  # type: ignore[misc]  # Authlib has no types
    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._pairs = pairs

    @property
    def data(self) -> dict[str, str]:
        """The parameters."""
        return dict(self._pairs)

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        """All values of each parameter."""
        values = defaultdict(list)
        for name, value in self._pairs:
            values[name].append(value)
        return values


class Asked(OAuth2Request):  # type: ignore[misc]
    """A request to the provider: the query of an authorization request, or the form of a token request."""

    def __init__(self, method: str, uri: str, headers: Mapping[str, str], pairs: Sequence[tuple[str, str]]) -> None:
        super().__init__(method, uri, headers=headers)
        self.payload = _Payload(pairs)

    @property
    def form(self) -> dict[str, str]:
        """The fields of the form."""
        return self.payload.data


class _Pkce(CodeChallenge):  # type: ignore[misc]
    """Every code needs a challenge, by S256."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        super().validate_code_challenge(grant, redirect_uri)
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("Send a 'code_challenge' with 'code_challenge_method=S256'")

    def get_authorization_code_challenge(self, authorization_code: Code) -> str:
        return authorization_code.challenge

    def get_authorization_code_challenge_method(self, _: Code) -> str:
        return "S256"


class Server(AuthorizationServer):  # type: ignore[misc]
    """Issues tokens that the services of this machine accept, to one client."""

    def __init__(self, url: str, issuer: Issuer, client: Client) -> None:
        super().__init__(scopes_supported=None)
        self.url = url
        self.memory = Memory()
        self._issuer = issuer
        self._client = client
        tokens = BearerTokenGenerator(self._access_token, lambda **_: secrets.token_urlsafe(32), ACCESS_S)
        self.register_token_generator("default", tokens)
        self.register_grant(_CodeGrant, [_Pkce(), _Identity()])
        self.register_grant(_RefreshGrant)

    def query_client(self, client_id: str) -> Client | None:
        """Return the client of this id."""
        return self._client if client_id == self._client.client_id else None

    def save_token(self, token: Mapping[str, Any], request: Asked) -> None:
        """Remember the refresh token."""
        refresh = Refresh(token["refresh_token"], self._client.client_id, token["scope"], request.user)
        self.memory.refreshes[refresh.token] = refresh

    def send_signal(self, name: str, *args: object, **more: object) -> None:
        """Do nothing: no part listens."""

    def create_oauth2_request(self, request: Asked) -> Asked:
        """Return the request as it is."""
        return request

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Response:
        """Return an answer of Authlib as Starlette's."""
        text = json.dumps(body) if isinstance(body, dict) else body
        return Response(text, status, dict(headers) | {"Cache-Control": "no-store"})

    def identity(self, user: SignedIn, client_id: str, nonce: str | None) -> str:
        """Return an ID token: who signed in, when and how; with name, roles and area, for a client's pages."""
        person = user.person
        claims = {"iss": self.url, "aud": client_id, "sub": person.subject, "name": person.name}
        claims |= {"name#en": person.latin_name, "preferred_username": person.subject, **_rights(user)}
        return self._issuer.signed(claims | ({"nonce": nonce} if nonce else {}), ACCESS_S)

    def _access_token(self, client: Client, user: SignedIn, scope: str, **_: object) -> str:
        claims = {"iss": self._issuer.issuer, "aud": self._issuer.audience, "sub": user.person.subject}
        claims |= {"client_id": client.client_id, "scope": scope, **_rights(user)}
        return self._issuer.signed(claims | {"jti": secrets.token_urlsafe(16)}, ACCESS_S)


def _rights(user: SignedIn) -> dict[str, Any]:
    roles = [str(role) for role in user.person.roles]
    signed_in = {"acr": user.acr, "amr": user.amr, "auth_time": user.auth_time, "sid": user.session}
    return {"roles": roles, "area": user.person.area, **signed_in}


class _CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
    server: Server

    def save_authorization_code(self, code: str, request: Asked) -> None:
        data = request.payload.data
        self.server.memory.codes[code] = Code(
            code=code,
            client_id=request.client.client_id,
            redirect_uri=data["redirect_uri"],
            scope=request.scope,
            nonce=data.get("nonce"),
            challenge=data["code_challenge"],
            user=request.user,
            expires_at=time.time() + CODE_S,
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        return self.server.memory.code(code, client.client_id)

    def delete_authorization_code(self, authorization_code: Code) -> None:
        self.server.memory.codes.pop(authorization_code.code, None)

    def authenticate_user(self, authorization_code: Code) -> SignedIn:
        return authorization_code.user


class _RefreshGrant(RefreshTokenGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True
    server: Server

    def authenticate_refresh_token(self, refresh_token: str) -> Refresh | None:
        return self.server.memory.refresh(refresh_token)

    def authenticate_user(self, refresh_token: Refresh) -> SignedIn:
        return refresh_token.user

    def revoke_old_credential(self, refresh_token: Refresh) -> None:
        self.server.memory.refreshes.pop(refresh_token.token, None)


class _Identity(OpenIDCode):  # type: ignore[misc]
    """Adds the ID token to what a code is exchanged for. A nonce is the client's to compare; a code works once."""

    def exists_nonce(self, nonce: str, request: Asked) -> bool:
        return False

    def encode_id_token(self, token: Mapping[str, Any], request: Asked) -> str:
        code: Code = request.authorization_code
        server: Server = self.server
        return server.identity(code.user, code.client_id, code.nonce)

    def __call__(self, grant: Any) -> None:
        self.server = grant.server
        super().__call__(grant)
