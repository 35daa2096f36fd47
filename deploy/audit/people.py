"""People and goods: replicas agree with their owner, no stock is below zero, and promised goods are reserved."""

from collections import Counter

from deploy.audit.books import Books, Finding, compare
from services.supply.domain.deliveries import OPEN
from shared.store.mongo import Document

REPLICAS = ("isolation", "supply", "notification")


async def residents(books: Books) -> list[Finding]:
    """Compare each service's replica of the residents with registration's files."""
    owner = {_facts(row) async for row in books.of("registration")["residents"].find()}
    findings = []
    for service in filter(books.has, REPLICAS):
        kept = {_facts(row) async for row in books.of(service)["residents"].find()}
        what = f"residents registered = known to {service}"
        findings.append(compare(what, owner, kept, f"is not known to {service} so", f"is known to {service} alone"))
    return findings


def _facts(row: Document) -> str:
    left = ", left" if row["left"] else ""
    return f"{row['_id']} at {row['area_path']}, household {row['household_id']}{left}"


async def goods(books: Books) -> list[Finding]:
    """Compare reserved goods with the promises of open deliveries; check that no stock is below zero."""
    promised: Counter[str] = Counter()
    open_states = [state.value for state in OPEN]
    async for row in books.of("supply")["deliveries"].find({"state": {"$in": open_states}}, {"allotted": 1}):
        for kept in row["allotted"]:
            promised[f"{kept['depot_id']}/{kept['item']}"] += kept["quantity"]
    reserved, impossible = Counter[str](), []
    async for row in books.of("supply")["stock"].find():
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
