"""What the rows about a community are worked out with."""

from datetime import date

from tests.bench.city import store_name
from tests.bench.community import CommunityRow
from tests.bench.costs import Costs, Stored, published
from tests.bench.importing import quantile
from tests.bench.roster import ROWS_A_FILE, write_rosters


def test_a_rosters_files_hold_as_many_residents_as_were_asked_for_each_once(tmp_path):
    files = write_rosters(tmp_path, 10_100, date(2026, 11, 29))
    assert [len(file.residents) for file in files] == [ROWS_A_FILE, ROWS_A_FILE, 100]
    assert len({person.id_number for file in files for person in file.residents}) == 10_100
    assert all(file.path.exists() for file in files)


def test_the_store_is_known_by_the_port_on_which_it_serves():
    served = ["--host", "127.0.0.1", "--port", "4711", "--storage-path", "somewhere"]
    assert store_name(["/opt/python3", "/opt/bin/secantusd-py", *served], "4711") == "secantusd-py"
    assert store_name(["/opt/bin/secantusd-rs", *served], "4711") == "secantusd-rs"
    assert store_name(["/opt/cache/secantusd-rs-1.2-linux", *served], "4711") == "secantusd-rs"
    assert store_name(["/opt/bin/secantusd-rs", *served], "4712") is None
    assert store_name(["/bin/less", "secantusd.log", "--port", "4711"], "4712") is None
    assert store_name([""], "4711") is None


def test_a_residents_costs_are_what_came_with_the_import():
    before = Costs({("supply", "residents"): Stored(10, 1_000)}, {("registration", "a"): 5})
    after = Costs(
        {("supply", "residents"): Stored(30, 4_000), ("supply", "stock"): Stored(0, 0)},
        {("registration", "a"): 5, ("registration", "b"): 40},
    )
    costs = after.since(before, residents=20)
    assert costs.stored == {("supply", "residents"): Stored(1, 150)}
    assert costs.events == {("registration", "b"): 2}


def test_published_events_are_read_from_a_page_of_metrics():
    page = (
        "# TYPE lastmetre_events_published_total counter\n"
        'lastmetre_events_published_total{type="a.b.v1"} 250.0\n'
        'lastmetre_events_published_created{type="a.b.v1"} 1.7e+09\n'
    )
    assert published(page) == {"a.b.v1": 250.0}


def test_a_quantile_is_one_of_the_values():
    assert quantile([5.0, 1.0, 3.0, 2.0], 0.5) == 3.0
    assert quantile([7.0], 0.95) == 7.0


def test_a_row_with_an_error_is_short_however_fast_it_was():
    fast = CommunityRow("lists", "secantusd-rs", 100.0, "ms", 150, 0, "")
    assert fast.ok
    assert not fast._replace(errors=1).ok
    assert not fast._replace(value=151.0).ok
