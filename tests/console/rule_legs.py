"""A leg of a journey in a browser: a journey and an appeal by two officers, a purpose, new rules at a checkpoint."""

from tests.console.city import ConsoleCity
from tests.console.walking import Worker

CHECKPOINT = "cp-east"


async def two_officers_decide_on_a_journey_and_an_appeal(
    city: ConsoleCity, clerk: Worker, second: Worker, name: str
) -> None:
    """Declare a journey for a person, confirm it as the second person, appeal against the colour, uphold the appeal."""
    async with city.client("registration", city.mint("city", area="/")) as office:
        day = city.clock.now().date()
        regions = {"regions": {"hubei": "medium"}}
        assert (await office.put(f"/v1/risk-regions/{day}", json=regions)).is_success
    await clerk.open("/people")
    await clerk.click(f"[data-list] a >> text={name}", "**/people/*")
    file = clerk.page.url.removeprefix(clerk.url)
    await clerk.click("text=申报行程", "**/journeys/new*")
    await clerk.page.fill("#origin_region", "hubei/huanggang")
    await clerk.click("button.primary >> text=申报", "**/journeys/*-*")
    assert "以第二人身份确认" not in await clerk.text()
    await second.open("/journeys?state=waiting")
    await second.click("[data-list] tbody a", "**/journeys/*")
    await second.click("button >> text=以第二人身份确认", "**/journeys/*")
    assert "确认人：office-sun" in await second.text()
    await clerk.open(file)
    await clerk.click("text=代为申诉", "**/appeals/new*")
    await clerk.page.fill("#text", "我没有离开过本市")
    await clerk.click("button.primary", "**/appeals/*-*")
    assert "须由" in await clerk.text() or "由同事处理" in await clerk.text()
    await second.open("/appeals")
    await second.click("[data-list] tbody a", "**/appeals/*")
    await second.page.fill("#reason", "经核实未离开本市")
    await second.click("button >> text=支持申诉", "**/appeals/*")
    assert "已支持" in await second.page.inner_text("h1")
    await _reads_the_trajectory(clerk, file)


async def _reads_the_trajectory(clerk: Worker, file: str) -> None:
    await clerk.open(file)
    await clerk.click("text=行动轨迹", "**/trajectory")
    await clerk.page.check('[name=chosen][value="contacts of a case"]')
    await clerk.page.fill("#detail", "2026-07")
    await clerk.click("button >> text=查看", "**/trajectory?act=*")
    text = await clerk.text()
    assert ("个案密接排查: 2026-07" in text, "没有此人的通行记录" in text) == (True, True)
    assert "2026-07" not in clerk.page.url


async def a_clerk_states_new_rules(city: ConsoleCity, clerk: Worker, compound: str) -> None:
    """State from now on that people leave a compound with a permit only."""
    async with city.client("checkpoint", city.mint("community", area=compound)) as office:
        body = {"name": "东门卡口", "kind": "compound", "area_path": compound}
        assert (await office.put(f"/v1/checkpoints/{CHECKPOINT}", json=body)).is_success
    await clerk.open("/policies")
    await clerk.page.check(f'[name=checkpoint_id][value="{CHECKPOINT}"]')
    await clerk.click("text=为勾选的卡口发布新规则", "**/policies/new*")
    await clerk.page.check('[name=exits][value="permit"]')
    await clerk.page.fill("#reason", "封闭管理")
    await clerk.click("button >> text=发布", f"**/policies/{CHECKPOINT}")
    text = await clerk.text()
    assert ("凭出门证外出" in text, "封闭管理" in text, "office-liu" in text) == (True, True, True)
    await clerk.open("/overrides")
