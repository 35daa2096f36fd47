"""People and goods: replicas agree with their owner, no stock is below zero, and promised goods are reserved."""

from collections import Counter
from dataclasses import dataclass

from deploy.audit.books import Books, Finding, compare
from services.supply.domain.deliveries import OPEN
from services.supply.store import DELIVERIES
from shared.store.documents import Documents, Mapper

REPLICAS = ("isolation", "supply", "notification")


@dataclass(frozen=True)
class Home:
    """Where a resident lives, by registration's own file or by another service's replica of it."""

    resident_id: str
    household_id: str
    area_path: str
    left: bool = False

    def __str__(self) -> str:
        """Return the facts as a finding names them."""
        left = ", left" if self.left else ""
        return f"{self.resident_id} at {self.area_path}, household {self.household_id}{left}"


async def residents(books: Books) -> list[Finding]:
    """Compare each service's replica of the residents with registration's files."""
    owner = await _homes(books, "registration")
    findings = []
    for service in filter(books.has, REPLICAS):
        what = f"residents registered = known to {service}"
        kept = await _homes(books, service)
        findings.append(compare(what, owner, kept, f"is not known to {service} so", f"is known to {service} alone"))
    return findings


async def _homes(books: Books, service: str) -> set[str]:
    homes = Documents(books.of(service)["residents"], Mapper(Home, key="resident_id"))
    return {str(home) for home in await homes.find({})}


async def goods(books: Books) -> list[Finding]:
    """Compare reserved goods with the promises of open deliveries; check that no stock is below zero."""
    promised: Counter[str] = Counter()
    open_states = [state.value for state in OPEN]
    async for row in books.of("supply")["deliveries"].find({"state": {"$in": open_states}}):
        for allotment in DELIVERIES.read(row).allotted:
            promised[f"{allotment.depot_id}/{allotment.item}"] += allotment.quantity
    reserved, impossible = Counter[str](), []
    async for row in books.of("supply")["stock"].find():  # as rows: `Stock` refuses what is impossible
        reserved[row["_id"]] = row["reserved"]
        if not 0 <= row["reserved"] <= row["on_hand"]:
            impossible.append(f"{row['_id']}: {row['on_hand']} on hand, {row['reserved']} reserved")
    wrong = [
        f"{stock}: {reserved[stock]} reserved, {promised[stock]} promised"
        for stock in sorted(promised.keys() | reserved.keys())
        if promised[stock] != reserved[stock]
    ]
    return [
        Finding.of("stock reserved = stock promised", promised.total(), reserved.total(), wrong),
        Finding.of("stock below zero or promised twice", 0, len(impossible), impossible),
    ]
