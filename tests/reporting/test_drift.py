"""Drift in the reports: per field across hosts, and per host."""

from typing import Any

from auditor.reporting import html
from auditor.reporting.drift import changes, view
from auditor.reporting.summary import summarise
from tests.reporting.synthetic import make


def audit() -> dict[str, Any]:
    """An audit of 300 hosts, 14 of which differ in one field in two ways, and one that was not read."""
    document = make(300)
    names = [one["name"] for one in document["targets"]]
    names = [*names, *(f"more-{n}" for n in range(300))][:300]
    document["golden"] = [{"id": "blade", "title": "Blades", "version": "1", "sha256": "0" * 64, "targets": names}]

    def drift(target: str, actual: Any, change: str = "changed", path: str = "time.ntp_servers") -> dict[str, Any]:
        return {
            "target": target, "path": path, "change": change, "expected": ["a"], "actual": actual,
            "source": "s", "golden": "blade", "reason": "",
        }  # fmt: skip

    document["drift"] = [
        *(drift(name, ["b"]) for name in names[:11]),
        *(drift(name, ["<i>c</i>"]) for name in names[11:14]),
        drift(names[0], True, path="services[TSM-SSH].running"),
        drift(names[20], {"gap": "it did not answer"}, "unknown", ""),
    ]
    return document


def test_fields_say_how_many_differ_in_how_many_ways() -> None:
    """14 of 300 hosts differ in two ways, the more common first; an unread host is unknown, not different."""
    seen = view(audit())
    first, second, third = seen.fields
    assert (first.path, first.differ, first.compared, len(first.ways)) == ("time.ntp_servers", 14, 300, 2)
    assert [len(way.targets) for way in first.ways] == [11, 3]
    assert (second.path, second.differ) == ("services[TSM-SSH].running", 1)
    assert (third.differ, third.unknown) == (0, 1)
    assert (seen.compared, seen.clean) == (300, 285)
    assert seen.hosts[0].changes.total() == 2


def test_the_page_shows_it_escaped() -> None:
    """The sentence stands in the page, and a value of a host is text."""
    document = audit()
    page = html.render(document, summarise(document), "0" * 64)
    assert "14 of 300 hosts differ here, in 2 ways" in page
    assert "&lt;i&gt;c&lt;/i&gt;" in page
    assert "<i>c</i>" not in page.split("<script")[0]


def test_drift_that_an_approved_change_foretold_says_so() -> None:
    """By its ticket, once for the hosts of one value, and nowhere else."""
    document = audit()
    for one in document["drift"][:2]:
        one["by_change"] = {"id": "c-1", "ticket": "<CHG-1>"}
    document["drift"][2]["by_change"] = None
    assert [way.foretold_by for way in view(document).fields[0].ways] == [["<CHG-1>"], []]
    page = html.render(document, summarise(document), "0" * 64)
    assert page.split("<script")[0].count("as change &lt;CHG-1&gt; foretold") == 1


def test_a_report_says_who_agreed_on_a_profile() -> None:
    """The number, by whom and when; one that nobody approved is a file with its digest."""
    document = make(3)
    names = [one["name"] for one in document["targets"]]
    agreed = {"number": 12, "proposed_by": "zoe <z>", "approved_by": "ann", "approved_at": "2026-11-20T09:30:00Z"}
    one = {"id": "blade", "title": "Blades", "version": "3", "sha256": "ab" * 32, "targets": names}
    document["golden"] = [{**one, "approval": agreed}, {**one, "id": "rack"}]
    page = html.render(document, summarise(document), "0" * 64)
    assert "number 12, proposed by zoe &lt;z&gt;, approved by ann on 20 November 2026, 09:30 UTC" in page
    assert f"a file, SHA-256 {'ab' * 8}" in page


def test_without_profiles_there_is_no_section() -> None:
    """An audit without golden profiles has no section about drift; one without drift says that all agree."""
    document = make(3)
    assert 'id="drift"' not in html.render(document, summarise(document), "0" * 64)
    names = [one["name"] for one in document["targets"]]
    document["golden"] = [{"id": "x", "title": "x", "version": "1", "sha256": "0" * 64, "targets": names}]
    assert f"<b>{len(names)}</b> of {len(names)} targets without drift" in html.render(
        document, summarise(document), "0" * 64
    )


def test_changes_since_earlier_captures_name_who_might_have_made_them() -> None:
    """The section says what was, what is, on whom, and the candidates of the target's log, or why there is none."""
    document = make(3)
    one: dict[str, Any] = {
        "golden": "",
        "path": "services[TSM-SSH].running",
        "change": "changed",
        "source": "s",
        "reason": "",
    }
    one |= {
        "expected": False,
        "actual": True,
        "last_good": "2026-11-20T02:00:00Z",
        "first_seen": "2026-11-21T02:00:00Z",
    }
    actor = {"who": "EXAMPLE\\<b>ann</b>", "at": "2026-11-20T09:00:00Z", "what": "started TSM-SSH"}
    document["changed"] = {
        "since": "2026-11-20T02:00:00Z",
        "until": "2026-11-21T02:00:00Z",
        "targets": 3,
        "drift": [
            {**one, "target": "a", "actors": [actor], "actors_unknown": None},
            {**one, "target": "b", "actors": [], "actors_unknown": "the log was not asked for"},
        ],
    }
    seen = changes(document)
    assert seen is not None
    assert (seen.compared, seen.clean, seen.fields[0].differ) == (3, 1, 2)
    page = html.render(document, summarise(document), "0" * 64)
    assert "Changed since" in page
    assert "EXAMPLE\\&lt;b&gt;ann&lt;/b&gt;" in page
    assert "unknown: the log was not asked for" in page
    assert 'id="changed"' not in html.render(make(3), summarise(make(3)), "0" * 64)
