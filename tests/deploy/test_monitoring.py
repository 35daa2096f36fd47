"""Alert rules and dashboard: they speak of figures that the services show, and each alert has its page."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from deploy.cluster.traffic import all_traffic
from deploy.launcher.processes.child import ROOT
from deploy.services import SERVICES
from shared.events.registration import ACCESS_REVOCATIONS, REVOCATIONS

PROMETHEUS = ROOT / "deploy/prometheus"
GRAFANA = ROOT / "deploy/grafana"
DASHBOARD: dict[str, Any] = json.loads((GRAFANA / "dashboards/lastmetre.json").read_text(encoding="utf-8"))
ALERTS: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((PROMETHEUS / "rules.yml").read_text())["groups"] for rule in group["rules"]
]
SCRAPED = {"job", "instance", "service", "role", "le"}  # labels that the scrape adds, and that of a histogram's bounds


def _panels() -> Iterator[dict[str, Any]]:
    for panel in DASHBOARD["panels"]:
        if panel["type"] != "row":
            yield panel


def _expressions() -> list[str]:
    drawn = [target["expr"] for panel in _panels() for target in panel["targets"]]
    return [alert["expr"] for alert in ALERTS] + drawn


def _series_of_services() -> dict[str, set[str]]:
    """Return every series that a service's process shows, with its labels."""
    all_traffic()  # composes every service, so that what its modules count is registered
    series: dict[str, set[str]] = {"up": set()}
    for collector in list(REGISTRY._collector_to_names):
        labels = set(getattr(collector, "_labelnames", ()))
        series |= dict.fromkeys(REGISTRY._collector_to_names[collector], labels)
    return series


def test_every_series_and_label_of_rules_and_dashboard_is_one_that_a_service_shows() -> None:
    series = _series_of_services()
    for expression in _expressions():
        for name, matched in re.findall(r"\b(lastmetre_\w+|up)\b(?:\{([^}]*)\})?", expression):
            assert name in series, f"no service shows {name}: {expression}"
            unknown = set(re.findall(r"(\w+)=?[=~!]", matched)) - series[name] - SCRAPED
            assert not unknown, f"{name} has no label {unknown}: {expression}"


# What the security features show; each has an alert.
SECURITY = {
    "lastmetre_single_orders_last_total": "SingleOrdersNear",
    "lastmetre_single_orders_beyond_total": "SingleOrdersBeyond",
    "lastmetre_devices_held_total": "DevicesHeld",
    "lastmetre_forged_events_total": "ForgedEvents",
    "lastmetre_unsigned_events_total": "UnsignedEvents",
    "lastmetre_dead_letters_total": "DeadLetters",
    "lastmetre_log_waiting": "LogNotChained",
    "lastmetre_log_broken": "LogBroken",
    "lastmetre_overrides_open": "OverridesUnreviewed",
}
# Counted for the looks of operators: neither alerted nor drawn.
NEITHER = frozenset(
    {
        *("lastmetre_appeals_overdue", "lastmetre_consumer_reads", "lastmetre_imported_rows", "lastmetre_imports"),
        *("lastmetre_newest_event_timestamp_seconds", "lastmetre_scan_ids_reused"),
    }
)


def test_each_figure_of_a_security_feature_has_its_alert_and_no_figure_is_overlooked() -> None:
    alerts = {alert["alert"]: alert["expr"] for alert in ALERTS}
    for name, alert in SECURITY.items():
        assert name in alerts[alert]
    spoken_of = " ".join(_expressions())
    all_traffic()
    families = {name for names in REGISTRY._collector_to_names.values() for name in names[:1]}
    overlooked = {one for one in families if one.startswith("lastmetre_") and one not in spoken_of} - NEITHER
    assert overlooked == set()


def test_the_alert_about_revocations_names_the_topics_of_revocations() -> None:
    (alert,) = [one for one in ALERTS if one["alert"] == "RevocationsOld"]
    assert set(re.findall(r"registration\.[\w.-]+", alert["expr"])) == {ACCESS_REVOCATIONS, REVOCATIONS}


def test_every_expression_is_promql() -> None:
    parser = pytest.importorskip("promql_parser", reason="promql-parser is not installed")
    for expression in _expressions():
        parser.parse(expression.replace("$__rate_interval", "1m"))


def test_each_alert_says_how_bad_it_is_and_has_its_page_in_the_handbook() -> None:
    handbook = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    pages = set(re.findall(r"^### (\w+)$", handbook, re.MULTILINE))
    assert {alert["alert"] for alert in ALERTS} <= pages
    for alert in ALERTS:
        assert alert["labels"]["severity"] in ("critical", "warning")
        assert alert["annotations"]["runbook"] == f"docs/operations.md#{alert['alert'].lower()}"
        assert alert["annotations"]["summary"]


def test_each_alert_is_tried_on_a_good_and_on_a_bad_day() -> None:
    days = yaml.safe_load((PROMETHEUS / "rules_test.yml").read_text())["tests"]
    tried = [case for day in days for case in day["alert_rule_test"]]
    names = {alert["alert"] for alert in ALERTS}
    assert {case["alertname"] for case in tried if case.get("exp_alerts")} == names
    assert {case["alertname"] for case in tried if not case.get("exp_alerts")} == names


@pytest.mark.parametrize("check", ["check config prometheus.yml", "check rules rules.yml", "test rules rules_test.yml"])
def test_prometheus_itself_agrees(check: str) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: it is in the Debian package prometheus")
    *what, file = check.split()
    check_run = subprocess.run([promtool, *what, PROMETHEUS / file], capture_output=True, text=True, check=False)
    assert check_run.returncode == 0, check_run.stdout + check_run.stderr


def test_every_service_is_scraped() -> None:
    (job,) = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]
    assert job["job_name"] == "lastmetre"
    assert [target for one in job["static_configs"] for target in one["targets"]] == [f"{s}:9000" for s in SERVICES]


def test_the_dashboard_is_provisioned_with_the_source_that_it_asks() -> None:
    (source,) = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yaml").read_text())["datasources"]
    asked = {target["datasource"]["uid"] for panel in _panels() for target in panel["targets"]}
    assert asked == {source["uid"]}
    (provider,) = yaml.safe_load((GRAFANA / "provisioning/dashboards/lastmetre.yaml").read_text())["providers"]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    mounted = [volume.split(":")[1] for volume in compose["services"]["grafana"]["volumes"]]
    assert provider["options"]["path"] in mounted


def test_no_two_panels_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
