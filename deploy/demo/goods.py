"""Goods in the demo: the community's depot, its stock, and the hand-over of the kits."""

import time
from collections import Counter
from typing import Any

from deploy.demo.office import HOME_HOUSEHOLDS, Office
from deploy.demo.people import CARE_HOUSEHOLDS, COMMUNITY
from services.supply.domain.deliveries import KIT, WEEKLY
from shared.base.ids import derived_id

DEPOT = "depot-c01"
KITS, WEEKS = 60, 8
DONORS = {"vegetables": "春华农贸市场"}
PATIENCE_S = 30.0
POLL_S = 0.5


def stock_depot(office: Office) -> None:
    """Define the community's depot and receive the goods of kits and weekly deliveries; a repeat has no effect."""
    depot = {"depot_id": DEPOT, "name": "春华社区物资站", "area_path": COMMUNITY}
    office.call("PUT", "supply", "/v1/depots", json=depot)
    for item, quantity in _wanted().items():
        receipt = {
            "receipt_id": derived_id("demo-receipt", item),
            "depot_id": DEPOT,
            "item": item,
            "quantity": quantity,
            "source": "donation" if item in DONORS else "purchase",
            "donor": DONORS.get(item),
        }
        office.call("POST", "supply", "/v1/stock/receipts", json=receipt)


def _wanted() -> Counter[str]:
    wanted: Counter[str] = Counter()
    for line in KIT:
        wanted[line.item] += KITS * line.quantity
    for line in WEEKLY:
        wanted[line.item] += WEEKS * (CARE_HOUSEHOLDS + 1) * line.quantity  # a roster may hold one household more
    return wanted


def deliver_kits(office: Office) -> int:
    """Wait for the planned kits and hand them over as their keepers; return the number of kits."""
    deadline = time.monotonic() + PATIENCE_S
    while len(kits := _kits(office)) < HOME_HOUSEHOLDS and time.monotonic() < deadline:
        time.sleep(POLL_S)
    for kit in kits:
        path = f"/v1/deliveries/{kit['delivery_id']}/handover"
        keeper = kit["keeper_id"]
        office.call("POST", "supply", path, office.keeper(keeper) if keeper else "community", json={"left_at": "门口"})
    return len(kits)


def _kits(office: Office) -> list[Any]:
    """Return the planned kits, and those of an earlier demo that were handed over."""
    query = {"kind": "isolation_kit", "limit": 1000}
    page = office.call("GET", "supply", "/v1/deliveries", params=query)
    return [kit for kit in page["items"] if kit["state"] in ("planned", "handed_over")]
