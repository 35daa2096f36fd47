"""What checkpoint counts for operators, beside what every service counts."""

from prometheus_client import Counter, Gauge

DECISIONS = Counter("lastmetre_scan_decisions", "Scans decided", ["verdict", "durable"])
SCAN_REASONS = Counter("lastmetre_scan_reasons", "Why scans were not simply allowed", ["reason"])
SCANS_REFUSED = Counter("lastmetre_scans_refused", "Scans that were not accepted, by the error's code", ["code"])
DEVICES_HELD = Counter(
    "lastmetre_devices_held",
    "Holds of devices that showed more unknown cards and numbers than allowed",
)
DEVICES = Gauge("lastmetre_devices", "Enrolled devices, by how they are", ["state"])
OVERRIDES_OPEN = Gauge(
    "lastmetre_overrides_open",
    "Overrides that wait for a review, and whether for more than a day",
    ["overdue"],
)
SCANS_IN_FLIGHT = Gauge("lastmetre_scans_in_flight", "Scans being answered")
SCAN_IDS_REUSED = Counter("lastmetre_scan_ids_reused", "Scans kept apart since another scan has their scan_id")
PASSAGES_RECORDED = Counter(
    "lastmetre_passages_recorded",
    "Passages stored, each once, by which way and what was decided",
    ["direction", "verdict"],
)
INSIDE = Gauge("lastmetre_inside", "Residents inside the places of a district, as this process last read it", ["area"])
