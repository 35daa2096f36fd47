"""What the undoing of an import leaves in the store of registration."""

from typing import Any

from services.registration.usecases.undoing import STEP as UNDO
from tests.registration.office import person


async def undo_import(scene: Any) -> None:
    """Undo an import that registered a resident whose file has changed since."""
    scene.undone_id = (await scene.office.imported(person(5)))["import_id"]
    resident_id = (await scene.office.find_resident(5))["resident_id"]
    await scene.send("PUT", f"/v1/residents/{resident_id}/care", {"categories": ["disabled"]})
    await scene.send("POST", f"/v1/imports/{scene.undone_id}/undo", {"reason": "a wrong roster"}, 202)
    handlers, deps = scene.office.service.parts.deadlines, scene.office.service.deps
    while (await scene.send("GET", f"/v1/imports/{scene.undone_id}/undo"))["state"] == "running":
        handlers[UNDO]._rests_until = 0.0  # type: ignore[attr-defined]
        assert await deps.deadlines.handle_one({UNDO: handlers[UNDO]}, deps)
