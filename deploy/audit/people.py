"""People and goods: replicas agree with their owner, nothing is below zero, and what is promised is reserved."""

from collections import Counter

from deploy.audit.books import Books, Finding, compared
from services.supply.domain.deliveries import OPEN
from services.supply.store import DELIVERIES
from shared.store.mongo import Document

REPLICAS = ("isolation", "supply", "notification")


async def residents(books: Books) -> list[Finding]:
    """Compare each service's replica of the residents with registration's files."""
    owner = {_facts(row) async for row in books.of("registration")["residents"].find()}
    findings = []
    for service in filter(books.has, REPLICAS):
        kept = {_facts(row) async for row in books.of(service)["residents"].find()}
        what = f"residents registered = known to {service}"
        findings.append(compared(what, owner, kept, f"is not known to {service} so", f"is known to {service} alone"))
    return findings


def _facts(row: Document) -> str:
    left = ", left" if row["left"] else ""
    return f"{row['_id']} at {row['area_path']}, household {row['household_id']}{left}"


async def goods(books: Books) -> list[Finding]:
    """Compare what is reserved with what open deliveries were promised; see that nothing is below zero."""
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
