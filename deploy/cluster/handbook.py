"""What docs/operations.md repeats of `deploy/services.py`: whole tables, each a section."""

from collections.abc import Iterable

from deploy.services import CODE_PUBLIC_KEYS, SERVICES, KeyFile, SecretValue, all_options, all_secrets, holders

_PASSWORD = (
    "`lastmetre-mongo-SERVICE`, one a service",
    "`password`: letters and digits, for it stands in an address",
    "that service, and MongoDB's operator",
)
_BACKUPS = ("`lastmetre-backups` (city)", "what the store of the backups asks for", "MongoDB's operator")


def addresses() -> str:
    """Return the services' addresses on a Compose host."""
    rows = [(f"`http://127.0.0.1:{entry.port}/docs`", entry.name) for entry in SERVICES.values()]
    return _table(("address", "service"), rows)


def secrets() -> str:
    """Return the Secrets that the manifests name and do not hold."""
    private = [one for one in all_secrets() if not (isinstance(one, KeyFile) and one.public)]
    rows = [(f"`{_name(one)}`", _content(one), ", ".join(holders(one))) for one in private]
    rows += [
        (f"`{one.source}` (may be absent)", f"`{one.key}`: {one.purpose}", ", ".join(holders(one)))
        for one in all_options()
        if one.secret
    ]
    return _table(("Secret", "keys", "who reads it"), [_PASSWORD, *rows, _BACKUPS])


def config_maps() -> str:
    """Return the ConfigMaps that the manifests name and do not hold."""
    public = [one for one in all_secrets() if isinstance(one, KeyFile) and one.public]
    rows = [(f"`{one.source}`", _content(one), ", ".join(holders(one))) for one in public]
    rows += [
        (f"`{one.source}` (may be absent)", f"`{one.key}`: {one.purpose}", ", ".join(holders(one)))
        for one in all_options()
        if not one.secret
    ]
    return _table(("ConfigMap", "keys", "who reads it"), rows)


def commands() -> str:
    """Return the commands that make the Secrets and ConfigMaps of a city, with the passwords of the store's users."""
    files = [one for one in all_secrets() if isinstance(one, KeyFile) and not one.public]
    values = [one for one in all_secrets() if isinstance(one, SecretValue)]
    create = "kubectl --namespace $NS create"
    lines = [
        "NS=lastmetre-dev",
        "kubectl create namespace $NS",
        f"for service in {' '.join(SERVICES)}; do",
        f"  {create} secret generic lastmetre-mongo-$service --from-literal=password=$(openssl rand -hex 32)",
        "done",
        *(f"{create} secret generic {one.secret} --from-literal=key=$(openssl rand -base64 32)" for one in values),
        "lastmetre keys keys",
        *(f"{create} secret generic {one.source} --from-file=keys/{one.volume}/{one.file}" for one in files),
        f"{create} configmap {CODE_PUBLIC_KEYS.source} --from-file=keys/{CODE_PUBLIC_KEYS.volume}",
        "lastmetre token --keys keys --role city --area /",
    ]
    return "".join(["\n", *(f"    {line}\n" for line in lines), "\n"])


def _name(secret: SecretValue | KeyFile) -> str:
    return secret.source if isinstance(secret, KeyFile) else secret.secret


def _content(secret: SecretValue | KeyFile) -> str:
    if isinstance(secret, KeyFile):
        return f"`{secret.file}`: {secret.purpose}"
    return f"`key`: {secret.form}; {secret.purpose}"


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    head, *body = ("| " + " | ".join(cells) + " |\n" for cells in (headings, *rows))
    return "".join([head, "|---" * len(headings) + "|\n", *body])
