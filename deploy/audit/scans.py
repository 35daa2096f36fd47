"""Scans: each scan that was answered `durable: true` is stored once, with the verdict of the answer."""

from collections.abc import Iterable

import msgspec

from deploy.audit.books import Books, Finding, compare
from deploy.audit.bus import ids_on
from deploy.launcher.errors import BadOption
from shared.events.checkpoint import PASSAGES
from shared.store.queries import find_each


class _Receipt(msgspec.Struct):
    """What a device keeps of a scan: whether it was accepted, and the verdict."""

    scan_id: str
    state: str
    verdict: str | None


_read = msgspec.json.Decoder(_Receipt).decode


async def scans(books: Books) -> list[Finding]:
    """Compare receipts and bus with the passages in checkpoint's store. Raises `BadOption` for an unreadable file."""
    receipts = _receipts(books)
    on_bus = (await ids_on(books.kafka, [PASSAGES]))[PASSAGES]
    stored = await _stored(books, [*receipts, *on_bus])
    accepted = {i: receipt.verdict for i, receipt in receipts.items() if receipt.state == "accepted"}
    refused = {i for i, receipt in receipts.items() if receipt.state == "rejected"}
    kept = {i for i in accepted if i in stored}
    wrong = {i for i in kept if accepted[i] not in stored[i]}
    leaked = refused & stored.keys()
    return [
        compare("scans acknowledged = passages stored", accepted, kept, "was acknowledged and is not stored"),
        Finding.of(
            "verdict answered = verdict stored",
            len(kept),
            len(kept - wrong),
            [f"{i} was answered {accepted[i]}, {' and '.join(stored[i])} is stored" for i in wrong],
        ),
        Finding.of("scans refused, stored", 0, len(leaked), [f"{i} was refused and is stored" for i in leaked]),
        compare("passages on the bus = stored", on_bus, on_bus & stored.keys(), "is on the bus and is not stored"),
    ]


async def _stored(books: Books, ids: Iterable[str]) -> dict[str, list[str]]:
    """Return the verdicts of each passage: the verdict that counts, and later ones on the same scan sent again."""
    passages = books.of("checkpoint")["passages"]
    rows = await find_each(passages, set(ids), ["verdict", "also_told"])
    return {row["_id"]: [row["verdict"], *row.get("also_told", ())] for row in rows}


def _receipts(books: Books) -> dict[str, _Receipt]:
    """Return the receipts by scan id; a scan that was accepted once stays accepted."""
    receipts: dict[str, _Receipt] = {}
    for path in books.receipts:
        try:
            for line in path.read_text(encoding="utf-8").splitlines():
                receipt = _read(line)
                known = receipts.get(receipt.scan_id)
                if known is None or known.state != "accepted":
                    receipts[receipt.scan_id] = receipt
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise BadOption(f"The receipts {path} cannot be read ({error!r})") from None
    return receipts
