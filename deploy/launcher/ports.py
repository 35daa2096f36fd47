"""The ports of a city: those that were named, else those of the last run on the same data, else free ones."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from deploy.launcher.errors import PortInUse
from deploy.launcher.processes.child import free_port, hold_port, port_is_free

FILE = "ports.json"


class Ports(NamedTuple):
    """The port of each process, and one sentence for each that could not have that of the last run."""

    of: dict[str, int]
    changed: tuple[str, ...]


def choose_ports(names: Sequence[str], named: Mapping[str, int], data: Path) -> Ports:
    """Return the ports and keep them in `data` for the next run. Raises `PortInUse` for a named one."""
    ports = {name: named[name] for name in names if name in named}
    for name, port in ports.items():
        if not port_is_free(port):
            raise PortInUse(
                f"Port {port} for {name} is in use by another process: "
                f"name another with --port {name}=N, or leave it out to take any free one"
            )
    kept, changed = _read_last(data), []
    for name in (name for name in names if name not in ports):
        last = kept.get(name)
        if last is not None and last not in ports.values() and port_is_free(last) and hold_port(last):
            ports[name] = last
            continue
        ports[name] = free_port([*ports.values(), *kept.values(), *named.values()])
        if last is not None:
            changed.append(
                f"Port {last} of {name} is in use by another process: it has port {ports[name]} for this run"
            )
    (data / FILE).write_text(json.dumps(ports | kept | dict(named), indent=1))
    return Ports(ports, tuple(changed))


def _read_last(data: Path) -> dict[str, int]:
    with suppress(OSError, ValueError, TypeError, AttributeError):
        return {str(name): int(port) for name, port in json.loads((data / FILE).read_text()).items()}
    return {}
