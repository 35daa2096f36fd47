"""An employer of the office's community with a clerk who acts for it."""

from typing import Any

from services.registration.domain.credit_codes import check_sign
from shared.base.ids import new_id
from tests.conftest import MakeService
from tests.registration.office import AREA, Office, office

CLERK = "unit-fang"
HEADING = ("姓名", "身份证号", "电话", "车间", "班组", "班次", "岗位", "同住家属")


def credit_code(serial: int = 1) -> str:
    """Return a valid code that belongs to no employer."""
    body = f"91120102MA0{serial:06}"
    return body + check_sign(body)


class Employing:
    """An employer, its office and its clerk."""

    def __init__(self, here: Office, employer_id: str) -> None:
        self.here = here
        self.employer_id = employer_id
        self.path = f"/v1/employers/{employer_id}"
        self.clerk = here.service.client("employer", subject=CLERK)

    async def staff(self, show: str = "here", client: Any = None) -> list[dict[str, Any]]:
        """Return the staff as the clerk sees them."""
        answer = await (client or self.clerk).get(f"{self.path}/employees", params={"show": show})
        assert answer.status_code == 200, answer.text
        return sorted(answer.json()["items"], key=lambda one: str(one["name"]))

    async def state(self, client: Any = None, **facts: Any) -> dict[str, Any]:
        """State a member of staff; return the entry."""
        body = {"reason": "新员工入职", **facts}
        answer = await (client or self.clerk).post(f"{self.path}/employees", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


def employer_body(serial: int = 1, **changes: Any) -> dict[str, Any]:
    """What the office states of an employer."""
    body: dict[str, Any] = {"name": f"津河电子{serial}厂", "code": credit_code(serial), "kind": "factory"}
    return body | {"area_path": AREA, "clerk_ids": [CLERK], "reason": "单位摸排登记"} | changes


async def employing(service: MakeService) -> Employing:
    """Return a registered employer."""
    here = await office(service)
    employer_id = new_id()
    body = employer_body() | {"employer_id": employer_id}
    for _ in range(2):
        answer = await here.clerk.post("/v1/employers", json=body)
        assert answer.status_code == 201, answer.text
    return Employing(here, employer_id)
