"""Every service of the city, declared once.

The launcher, the audit and the tests read it; Docker Compose, Kubernetes, Prometheus and the handbook are written from
it by `python -m deploy.cluster.manifests`. A new service is its own files, one entry here and its topics in
`topics.yaml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SecretValue:
    """A secret that a process is given as a value: in Compose from `.env`, on Kubernetes from `key` of a Secret."""

    variable: str  # the setting, without LASTMETRE_; also its name in .env
    secret: str
    purpose: str
    form: str = "32 bytes in base64"


@dataclass(frozen=True)
class KeyFile:
    """A file of keys that a process is given the path of, in the volume of this name; `public` ones are no secret."""

    variable: str  # the setting, without LASTMETRE_
    file: str
    volume: str
    source: str  # the Secret on Kubernetes; the ConfigMap of a public file
    purpose: str
    public: bool = False


@dataclass(frozen=True)
class Option:
    """A setting that an operator may give: in Compose in `.env`, on Kubernetes in an optional ConfigMap or Secret."""

    variable: str  # the setting, without LASTMETRE_; also its name in .env
    source: str
    key: str
    purpose: str
    default: str = ""
    secret: bool = False


@dataclass(frozen=True)
class ServiceEntry:
    """One service: its name is that of its package, its database and its users; `port` is its own on a Compose host."""

    name: str
    port: int
    secrets: tuple[SecretValue | KeyFile, ...] = ()
    options: tuple[Option, ...] = ()
    # Ports outside the cluster that its worker may reach, beside the bus and the store.
    egress: tuple[int, ...] = ()
    # Settings, without LASTMETRE_, where the whole city runs on one machine.
    local: Mapping[str, str] = field(default_factory=dict)
    # Whether people sign in to it in a browser: the launcher gives it `OIDC_ISSUER` and `OIDC_CLIENT_ID`.
    signs_in: bool = False
    # Services whose public APIs it asks with the token of the person who is signed in.
    asks: tuple[str, ...] = ()

    @property
    def log_database(self) -> str:
        """The database of its log of acts, as `shared/store/act_log.py` names it."""
        return f"{self.name}_log"

    @property
    def log_role(self) -> str:
        """The store's role that may read the log of acts and add to it."""
        return f"{self.name}-log"


SEAL_KEY = SecretValue("SEAL_KEY", "lastmetre-seal", "seals personal data")
VISITOR_SEAL_KEY = SecretValue(
    "VISITOR_SEAL_KEY", "lastmetre-visitor-seal", "seals what visitors say of themselves at a gate"
)
TEXT_SEAL_KEY = SecretValue("TEXT_SEAL_KEY", "lastmetre-text-seal", "seals what doctors, officers and volunteers write")
ID_HASH_KEY = SecretValue("ID_HASH_KEY", "lastmetre-id-hash", "turns identity numbers into what they are looked up by")
CODE_SIGNING_KEY = KeyFile(
    "CODE_SIGNING_KEY",
    "code-signing.pem",
    "signing",
    "lastmetre-code-signing",
    "the private key that signs health codes",
)
CODE_PUBLIC_KEYS = KeyFile(
    "CODE_PUBLIC_KEYS",
    "code-public.pem",
    "public",
    "lastmetre-public",
    "the public keys by which health codes are verified",
    public=True,
)
CODE_SEAL_KEYS = KeyFile(
    "CODE_SEAL_KEYS",
    "code-seal.keys",
    "seal",
    "lastmetre-code-seal",
    "the keys that seal health codes and by which the service at the gates knows them",
)
DEVICE_SIGNING_KEY = KeyFile(
    "DEVICE_SIGNING_KEY",
    "device-signing.pem",
    "devices",
    "lastmetre-device-signing",
    "the private key that signs the tokens of devices at gates",
)
OIDC_CLIENT_SECRET = SecretValue(
    "OIDC_CLIENT_SECRET",
    "lastmetre-oidc",
    "the secret of the console's client at the OpenID Connect provider",
    form="what the provider issued",
)
SESSION_SEAL_KEY = SecretValue("SESSION_SEAL_KEY", "lastmetre-session-seal", "seals the sessions of the console")
OIDC_ISSUER = Option("OIDC_ISSUER", "lastmetre-sign-in", "issuer", "the address of the OpenID Connect provider")
OIDC_CLIENT_ID = Option(
    "OIDC_CLIENT_ID",
    "lastmetre-sign-in",
    "client-id",
    "the console's client at the provider",
    default="lastmetre-console",
)
PUBLIC_URL = Option(
    "PUBLIC_URL",
    "lastmetre-sign-in",
    "public-url",
    "the console's address in browsers, as https://console.lastmetre.example",
    default="http://127.0.0.1:8008",
)
GATE_URL = Option(
    "GATE_URL",
    "lastmetre-sign-in",
    "gate-url",
    "the address of checkpoint as devices at gates reach it, as https://gates.lastmetre.example; the console writes it "
    "into the codes that enrol them",
    default="http://127.0.0.1:8002",
)
UNSIGNED_EVENTS_UNTIL = Option(
    "UNSIGNED_EVENTS_UNTIL",
    "lastmetre-events",
    "unsigned-until",
    "in an upgrade: the time, as 2026-12-08T00:00:00+08:00, until which events without a MAC are read",
)


def event_keys(producer: str) -> KeyFile:
    """Return the keys of the MACs on one service's events: it signs with them, and its readers verify."""
    return KeyFile(
        f"EVENT_KEYS__{producer.upper()}",
        f"events-{producer}.keys",
        f"events-{producer}",
        f"lastmetre-events-{producer}",
        f"the keys of the MACs on events of {producer}",
    )


def _events(service: str, *read: str) -> tuple[KeyFile, ...]:
    """Return the event keys of a service and of the services whose topics it reads."""
    return tuple(event_keys(producer) for producer in (service, *read))


# Without these two no message leaves but to the inbox.
CHANNEL_HOSTS = Option(
    "CHANNEL_HOSTS",
    "lastmetre-channels",
    "hosts",
    "a JSON list of the hosts that messages may go to",
    default="[]",
)
SMS_GATEWAY = Option(
    "SMS_GATEWAY", "lastmetre-sms", "url", "the SMS gateway, with `{phone}` where the number goes", secret=True
)

# What a service's user may do in the database of its log of acts (ADR 24): a line is neither changed nor deleted, and
# no index is made, for one with an expiry deletes.
LOG_ACTIONS = ("find", "insert", "createCollection")

_ENTRIES = (
    ServiceEntry(
        "registration",
        8001,
        (
            SEAL_KEY,
            ID_HASH_KEY,
            CODE_SIGNING_KEY,
            CODE_SEAL_KEYS,
            *_events("registration", "checkpoint", "isolation", "notification", "supply"),
        ),
        (UNSIGNED_EVENTS_UNTIL,),
    ),
    ServiceEntry(
        "checkpoint",
        8002,
        (
            ID_HASH_KEY,
            VISITOR_SEAL_KEY,
            CODE_PUBLIC_KEYS,
            CODE_SEAL_KEYS,
            DEVICE_SIGNING_KEY,
            *_events("checkpoint", "registration"),
        ),
        (UNSIGNED_EVENTS_UNTIL,),
    ),
    ServiceEntry(
        "isolation",
        8003,
        (TEXT_SEAL_KEY, *_events("isolation", "registration", "checkpoint")),
        (UNSIGNED_EVENTS_UNTIL,),
    ),
    ServiceEntry(
        "supply", 8004, (TEXT_SEAL_KEY, *_events("supply", "registration", "isolation")), (UNSIGNED_EVENTS_UNTIL,)
    ),
    ServiceEntry(
        "notification",
        8005,
        (SEAL_KEY, *_events("notification", "registration", "checkpoint", "isolation", "supply")),
        (CHANNEL_HOSTS, SMS_GATEWAY, UNSIGNED_EVENTS_UNTIL),
        egress=(443, 465, 587),  # messages leave by webhooks and mail
        local={  # a contact's webhook may be a server of this machine
            "CHANNEL_SCHEMES": '["json", "jsons", "mailtos", "wecombot", "dingtalk", "feishu"]',
            "CHANNEL_HOSTS": '["127.0.0.1", "localhost"]',
        },
    ),
    ServiceEntry(
        "console",
        8008,
        (SESSION_SEAL_KEY, OIDC_CLIENT_SECRET, *_events("console", "registration")),
        (OIDC_ISSUER, OIDC_CLIENT_ID, PUBLIC_URL, GATE_URL, UNSIGNED_EVENTS_UNTIL),
        signs_in=True,
        asks=("registration", "checkpoint", "isolation", "supply", "notification"),
    ),
)
SERVICES: Mapping[str, ServiceEntry] = {entry.name: entry for entry in _ENTRIES}


def all_secrets() -> list[SecretValue | KeyFile]:
    """Return every secret that a service is given, once."""
    return list(dict.fromkeys(secret for entry in SERVICES.values() for secret in entry.secrets))


def all_options() -> list[Option]:
    """Return every option of a service, once."""
    return list(dict.fromkeys(option for entry in SERVICES.values() for option in entry.options))


def holders(given: SecretValue | KeyFile | Option) -> list[str]:
    """Return the names of the services that are given a secret or an option."""
    return [entry.name for entry in SERVICES.values() if given in (*entry.secrets, *entry.options)]
