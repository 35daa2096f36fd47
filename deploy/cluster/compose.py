"""What Docker Compose, its `.env` and its Prometheus repeat of `deploy/services.py`: sections of their files."""

from collections.abc import Callable, Iterable

from deploy.services import LOG_ACTIONS, SERVICES, KeyFile, SecretValue, ServiceEntry, all_secrets, holders

REQUIRED = "?see .env.example"
PUBLIC_VOLUME = "public"  # every process reads the issuer's public keys from it


def services() -> str:
    """Return the containers of the services, in the form of docker-compose.yml."""
    return "\n".join(_container(entry) for entry in SERVICES.values())


def _container(entry: ServiceEntry) -> str:
    password = f"${{{_password(entry.name)}:{REQUIRED}}}"
    lines = [
        f"SERVICE: {entry.name}",
        f"LASTMETRE_MONGO_URL: mongodb://{entry.name}:{password}@mongo:27017/{entry.name}?replicaSet=rs0",
        f"LASTMETRE_KAFKA_USER: {entry.name}",
        f"LASTMETRE_KAFKA_PASSWORD: ${{{_bus_password(entry.name)}:{REQUIRED}}}",
        *(f"LASTMETRE_{secret.variable}: {_secret(secret)}" for secret in entry.secrets),
        *(f"LASTMETRE_{one.variable}: ${{{one.variable}:-{one.default}}}" for one in entry.options),
        *(f"LASTMETRE_SERVICES__{name.upper()}: http://{name}:8000" for name in entry.asks),
    ]
    volumes = dict.fromkeys([PUBLIC_VOLUME, *(one.volume for one in _files(entry.secrets))])
    mounted = ", ".join(f'"{volume}:/keys/{volume}:ro"' for volume in volumes)
    return "\n".join(
        [
            f"  {entry.name}:",
            "    <<: *service",
            "    environment:",
            "      <<: *told",
            *(f"      {line}" for line in lines),
            *([f"    volumes: [{mounted}]"] if len(volumes) > 1 else []),
            f'    ports: ["127.0.0.1:{entry.port}:8000"]\n',
        ]
    )


def _secret(secret: SecretValue | KeyFile) -> str:
    if isinstance(secret, KeyFile):
        return f"/keys/{secret.volume}/{secret.file}"
    return f"${{{secret.variable}:{REQUIRED}}}"


def _files(secrets: Iterable[SecretValue | KeyFile]) -> list[KeyFile]:
    return [secret for secret in secrets if isinstance(secret, KeyFile)]


def _password(service: str) -> str:
    return f"MONGO_{service.upper()}_PASSWORD"


def _bus_password(service: str) -> str:
    return f"KAFKA_{service.upper()}_PASSWORD"


def mounts() -> str:
    """Return the volumes of the container that makes the keys."""
    return "".join(f"      - {volume}:/keys/{volume}\n" for volume in _key_volumes())


def volumes() -> str:
    """Return the declarations of the volumes of keys."""
    return "".join(f"  {volume}:\n" for volume in _key_volumes())


def _key_volumes() -> list[str]:
    return list(dict.fromkeys([*(one.volume for one in _files(all_secrets())), PUBLIC_VOLUME]))


def users() -> str:
    """Return the environment of the container that makes the store's users."""
    return f"      LOG_ACTIONS: {' '.join(LOG_ACTIONS)}\n" + _users(_password)


def bus_users() -> str:
    """Return the environment of the container that makes the bus's users."""
    return _users(_bus_password)


def _users(password: Callable[[str], str]) -> str:
    lines = [f"      SERVICES: {' '.join(SERVICES)}"]
    lines += [f"      {name.upper()}_PASSWORD: ${{{password(name)}:{REQUIRED}}}" for name in SERVICES]
    return "".join(f"{line}\n" for line in lines)


def passwords() -> str:
    """Return the passwords of the users of the store and of the bus, in the form of .env.example."""
    return "".join(f"{password(name)}=\n" for password in (_password, _bus_password) for name in SERVICES)


def values() -> str:
    """Return the secrets that are values, in the form of .env.example."""
    return "".join(
        f"# {secret.purpose[0].upper()}{secret.purpose[1:]}; for {' and '.join(holders(secret))}.\n{secret.variable}=\n"
        for secret in all_secrets()
        if isinstance(secret, SecretValue)
    )


def targets() -> str:
    """Return what Prometheus scrapes, in the form of prometheus.yml."""
    return "".join(f"          - {name}:9000\n" for name in SERVICES)
