"""A leg of a journey in a browser: an auditor finds who read a file, and that a service does not answer."""

from tests.console.walking import Worker


async def an_auditor_finds_who_read_a_file(auditor: Worker) -> None:
    """Look a person up by name, read who read the file and what that reader read, and see that the log verifies."""
    await auditor.click("nav >> text=审计")
    await auditor.page.fill("#q", "王伟1")
    await auditor.click("button >> text=搜索", "**/audit/people?search=*")
    await auditor.click("[data-list] tbody a", "**/audit/readings?subject=*")
    assert "谁查看过 王伟1" in await auditor.page.inner_text("h1")
    text = await auditor.text()
    assert "此列表不完整" in text, "the gates, supply and messages are not there in this city"
    assert "物资" in await auditor.page.inner_text(".problem")
    await auditor.page.select_option("#kind", "resident_file")
    await auditor.click("button >> text=显示", "**kind=resident_file**")
    reading = auditor.page.locator("[data-list] tbody tr", has_text="居民档案").filter(has_text="doctor-chen")
    assert "居民服务" in await reading.first.inner_text()
    await reading.first.locator("a").first.click()
    await auditor.page.wait_for_url("**/audit/readings?reader=doctor-chen")
    await auditor.check()
    read = await auditor.text()
    assert "隔离个案" in read
    assert "王伟1" in read
    await auditor.open("/audit/acts?service=isolation&by=doctor-chen")
    acts = await auditor.text()
    assert "校验通过" in acts
    assert "与写入时一致" in acts
    assert "开始隔离" in acts or "计划隔离" in acts
