"""What a network engineer does before a window: the change of a switch foretold, decided about by somebody else."""

from playwright.sync_api import expect

from tests.stories.walking import Walker

SWITCH = "vsm-synthetic"
WRONG = "vlan 5000\n  name too-far\n"
CHANGE = "feature telnet\nsnmp-server community public group network-admin\nvlan 3999\n  name story\n"


def the_engineer_checks_it(eng: Walker) -> str:
    """What the switch would refuse is told with its line; then what newly fails, and the line that does it."""
    eng.menu("Changes")
    eng.look("changes-empty")
    eng.follow("Check a change")
    eng.look("change-new")
    eng.page.fill("[name=targets]", SWITCH)
    eng.page.fill("[name=name]", "window.cfg")
    eng.page.fill("[name=ticket]", "CHG-4711")
    eng.page.check("[name=force]")
    eng.page.fill("[name=text]", WRONG)
    eng.press("Check it")
    expect(eng.page.get_by_role("alert").first).to_contain_text("window.cfg:1")
    eng.look("change-new-wrong")
    eng.page.fill("[name=text]", CHANGE)
    eng.press("Check it")
    assert eng.path.endswith("?done=checked"), eng.text
    eng.look("change-own")
    for said in (SWITCH, "CHG-4711", "feature telnet", "somebody else has to decide"):
        assert said in eng.text, said
    assert eng.page.locator(".lines-of td").last.text_content() == "  name story", "as it was pasted"
    assert eng.page.get_by_role("button", name="Approve").count() == 0
    return eng.path.partition("?")[0]


def another_decides(boss: Walker, change: str) -> None:
    """It waits for him; he sees what newly fails, and approves it."""
    boss.menu("Changes")
    boss.look("changes-waiting")
    boss.follow(boss.page.locator(f"main a[href='{change}']").first)
    assert "newly fail" in boss.text
    boss.look("change-to-decide")
    boss.page.fill("[name=note]", "telnet goes out again in the same window")
    boss.press("Approve it")
    assert boss.path == f"{change}?done=approved"
    boss.look("change-approved")
    boss.menu("Changes")
    boss.look("changes")
