"""deploy/services.py: every service is in it, and what is made from it follows it."""

from pathlib import Path

import pytest

from deploy.audit.everything import consumers_of
from deploy.cluster import compose, handbook, kubernetes
from deploy.cluster.sections import WRITER, with_sections
from deploy.cluster.traffic import traffic_of
from deploy.launcher.processes.child import ROOT
from deploy.services import SEAL_KEY, SERVICES, ServiceEntry, event_keys


def test_every_package_of_a_service_is_in_the_registry() -> None:
    assert {path.parent.name for path in (ROOT / "services").glob("*/main.py")} == set(SERVICES)


def test_every_service_has_a_port_of_its_own() -> None:
    assert len({entry.port for entry in SERVICES.values()}) == len(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_the_audit_knows_every_consumer_that_a_service_runs(service: str) -> None:
    assert {consumer.group for consumer in consumers_of(service)} == set(traffic_of(service).groups)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_event_keys_of_itself_and_of_those_that_it_reads_and_no_others(service: str) -> None:
    traffic = traffic_of(service)
    read = {topic.partition(".")[0] for topic in traffic.consumed | traffic.replicated}
    given = {one for one in SERVICES[service].secrets if one.variable.startswith("EVENT_KEYS")}
    assert given == {event_keys(producer) for producer in {service} | read}


def test_one_entry_more_is_one_service_more_in_all_that_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = ServiceEntry("phantom", 8099, (SEAL_KEY,), egress=(853,))
    monkeypatch.setitem(SERVICES, "phantom", entry)  # type: ignore[arg-type]
    for written in (compose.services, compose.users, compose.targets, handbook.addresses, handbook.commands):
        assert "phantom" in written()
    assert "MONGO_PHANTOM_PASSWORD=\n" in compose.passwords()
    assert '"127.0.0.1:8099:8000"' in compose.services()
    (users,) = kubernetes.store_users()
    assert users["spec"]["users"][-1]["db"] == "phantom"
    assert "phantom" in kubernetes.all_services()[0]["resources"]
    assert kubernetes.egress()[-1]["spec"]["egress"][0]["ports"] == [{"port": 853}]
    (patch,) = kubernetes.secrets(entry)
    (container,) = patch["spec"]["template"]["spec"]["containers"]
    assert [one["name"] for one in container["env"]] == ["MONGO_PASSWORD", "LASTMETRE_SEAL_KEY"]


def test_a_section_is_replaced_between_its_marks_and_nothing_else_is(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(f"a: 1\n# written by `{WRITER}`: bees\nb: 2\n# end of bees\nc: 3\n")
    made = with_sections(path, {"bees": "b: 4\n"})
    assert made == f"a: 1\n# written by `{WRITER}`: bees\nb: 4\n# end of bees\nc: 3\n"
    with pytest.raises(LookupError, match="no section 'ants'"):
        with_sections(path, {"ants": ""})
