"""Uses of the documents of employers, their staff, venues and vehicles, for the table of all documents."""

from typing import Any

from shared.base.ids import new_id
from tests.registration.employing import employer_body
from tests.support.service import AREA


async def prepare_employer(scene: Any) -> None:
    """Have an employer with a member of staff, a venue and a vehicle."""
    employer_id = new_id()
    await scene.send("POST", "/v1/employers", employer_body() | {"employer_id": employer_id}, 201)
    await scene.send("PUT", f"/v1/employers/{employer_id}", employer_body(name="津河电子总厂"))
    worker = {"name": "外地人", "phone": "13800000032", "reason": "新员工入职", "family": [{"name": "李梅"}]}
    path = f"/v1/employers/{employer_id}/employees"
    await scene.send("POST", path, worker, 201)
    await scene.send("POST", path, worker | {"shift": "早班"}, 201)
    venue = {"venue_id": new_id(), "area_path": AREA, "kind": "pharmacy", "name": "春华药店", "reason": "场所登记"}
    desks = [{"name": "收银台", "keeper_ids": ["nurse-01"]}]
    await scene.send("POST", "/v1/venues", venue | {"desks": desks}, 201)
    car = {"vehicle_id": new_id(), "plate": "津A12345", "kind": "car", "employer_id": employer_id}
    await scene.send("POST", "/v1/vehicles", car, 201)


async def close_employer(scene: Any) -> None:
    """Close the employer."""
    (one,) = (await scene.send("GET", "/v1/employers"))["items"]
    await scene.send("POST", f"/v1/employers/{one['employer_id']}/state", {"state": "closed", "reason": "疫情防控需要"})


async def end_employee(scene: Any) -> None:
    """Let the member of staff leave."""
    (one,) = (await scene.send("GET", "/v1/employers"))["items"]
    path = f"/v1/employers/{one['employer_id']}/employees"
    (worker,) = (await scene.send("GET", path))["items"]
    await scene.send("POST", f"{path}/{worker['employee_id']}/departure", {"reason": "合同到期离职"})


async def close_venue(scene: Any) -> None:
    """Close the venue."""
    (one,) = (await scene.send("GET", "/v1/venues"))["items"]
    await scene.send("POST", f"/v1/venues/{one['venue_id']}/closure", {"reason": "租约到期"})


async def end_vehicle(scene: Any) -> None:
    """End the vehicle's entry."""
    (one,) = (await scene.send("GET", "/v1/vehicles"))["items"]
    await scene.send("POST", f"/v1/vehicles/{one['vehicle_id']}/end", {"reason": "车辆已出售"})
