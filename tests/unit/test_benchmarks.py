from xml.etree import ElementTree

import pytest

from benchmarks import picture, sizing
from benchmarks.http.bodies import call_requests, inbound_calls
from benchmarks.http.load import Slice, compared
from benchmarks.table import Row, amount, markdown, row_of


def _slice(per_s: float, cpu_us: float) -> Slice:
    return Slice(requests=1, per_s=per_s, cpu_us=cpu_us, p50_ms=1, p99_ms=2)


@pytest.mark.parametrize(
    ("ratio", "at_least", "kept"), [(0.42, True, True), (0.41, True, False), (2.5, False, True), (2.6, False, False)]
)
def test_a_budget_is_kept_on_its_own_side_of_the_limit(ratio: float, at_least: bool, kept: bool) -> None:
    row = Row(name="x", ours="1", ratio=ratio, limit=0.42 if at_least else 2.5, at_least=at_least)
    assert row.is_kept is kept


def test_a_figure_without_a_budget_is_never_over() -> None:
    assert Row(name="x", ours="1", ratio=1e9).is_kept


def test_the_table_lines_up_and_names_what_is_over() -> None:
    rows = [
        Row(
            name="create",
            ours="9,000 /s",
            peer="echo",
            peers="20,000 /s",
            ratio=0.45,
            limit=0.42,
            at_least=True,
            goal=0.55,
        ),
        Row(name="start", ours="1.30 s", ratio=1.3, limit=1),
    ]
    assert markdown(rows).splitlines() == [
        "| what   |     ours | peer | its figure | ratio |             budget |      |",
        "| ------ | -------: | ---- | ---------: | ----: | -----------------: | ---- |",
        "| create | 9,000 /s | echo |  20,000 /s |  0.45 | ≥ 0.42 (goal 0.55) | ok   |",
        "| start  |   1.30 s |      |            |  1.30 |                ≤ 1 | OVER |",
    ]


def test_a_measurement_brings_its_unit_in_the_name_of_its_figures() -> None:
    row = row_of({"name": "publish", "ours_ns": 93.4, "peer": "direct", "peer_ns": 8.0, "ratio": 11.7, "limit": 15.0})
    assert (row.ours, row.peers, row.peer, row.is_kept) == ("93.4 ns", "8.00 ns", "direct", True)


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234.5, "1,234 us"), (99.94, "99.9 us"), (9.994, "9.99 us"), (0.0456, "0.046 us"), (0, "0.00 us")],
)
def test_figures_have_three_digits_that_count(value: float, text: str) -> None:
    assert amount(value, "us") == text


def test_each_slice_is_compared_with_its_own_neighbour() -> None:
    busy, quiet = (_slice(100, 90), _slice(50, 180)), (_slice(200, 40), _slice(90, 100))
    found = compared([busy, quiet, busy])
    assert (found.ratio, found.cpu_ratio) == (0.5, 2.0)


def test_no_two_requests_come_from_one_caller() -> None:
    make = call_requests(300)
    bodies = [*make(), *make()]
    assert len({body.partition(b"phonenumber")[2][:20] for body in bodies}) == 600


def test_each_inbound_call_has_an_id_and_a_code_of_its_own() -> None:
    first, second = inbound_calls([("+491", "1111"), ("+492", "2222")], "run1")
    assert b'"run1-0@pbx.example.com","dialledNumber":"+491"' in first
    assert b'"run1-1@pbx.example.com","dialledNumber":"+492"' in second


def test_the_picture_has_a_curve_for_each_operation_over_what_was_measured() -> None:
    costs = {("create", 1_000): 2.0, ("create", 100_000): 3.0, ("match", 1_000): 2.5, ("match", 100_000): 2.5}
    rows = [
        Row(name=f"{what}, {at:,} live requests, CPU", ours="", ratio=1, at=at, figure=cost)
        for (what, at), cost in costs.items()
    ]
    drawn = ElementTree.fromstring(picture.svg(picture.lines_of([Row(name="other", ours="", ratio=1), *rows])))
    create, match = (_points(line) for line in drawn.iter("{http://www.w3.org/2000/svg}polyline"))
    assert create[0][0] < create[1][0]
    assert create[0][1] > create[1][1]
    assert match[0][1] == match[1][1]


def _points(line: ElementTree.Element) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (point.split(",") for point in line.attrib["points"].split())]


def test_what_is_live_at_a_time_follows_from_the_rate_and_how_long_it_lasts() -> None:
    few, many = sizing.simulate(2_000), sizing.simulate(20_000)
    # Little's law: three in four wait 45 s on average, the others the whole 600 s.
    expected = 20_000 / 3600 * (0.75 * 45 + 0.25 * 600)
    assert expected < many.waiting < 1.3 * expected
    assert many.held > many.waiting
    assert 8 < many.waiting / few.waiting < 10.5


def test_busy_cores_are_what_each_thing_costs_times_how_often_it_happens() -> None:
    costs = sizing.Costs(create_us=100, match_us=200, event_us=0, stream_kib=10, row_bytes=1_000)
    # In a second one create and three reports of three calls in four.
    assert sizing.busy_cores(3_600, sizing.Peak(), costs) == pytest.approx((100 + 3 * 0.75 * 200) / 1e6)
