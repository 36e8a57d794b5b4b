"""The databases' plans as trees that can be read."""

from visualizer.control.explain import Answer
from visualizer.page.plan import plan_of
from visualizer.page.templates import render


def test_sqlite_s_plan_is_a_tree():
    rows = [(2, 0, 0, "SCAN a"), (5, 0, 0, "CORRELATED SCALAR SUBQUERY 1"), (9, 5, 0, "SEARCH b USING INDEX i (x=?)")]
    plan = plan_of(Answer("sqlite", rows))
    assert [(node["text"], node["says"]) for node in plan["nodes"]] == [
        ("SCAN a", "reads every row"),
        ("CORRELATED SCALAR SUBQUERY 1", "runs again for each row outside it"),
    ]
    assert plan["nodes"][1]["children"][0]["says"] == "finds rows by an index"
    assert (plan["reads_all"], plan["has_costs"]) == (True, False)
    shown = render("visualizer/inspector/plan.html", {"plan": plan})
    assert shown.count("<ol") == 2
    assert '<li class="reads-all"><code>SCAN a</code>' in shown


def test_postgresql_s_plan_tells_its_costs():
    scan = {"Node Type": "Seq Scan", "Relation Name": "a", "Startup Cost": 0, "Total Cost": 1234.5, "Plan Rows": 5000}
    sort = {"Node Type": "Sort", "Startup Cost": 1, "Total Cost": 2, "Plan Rows": 1, "Sort Key": ["b", "c"]}
    plan = plan_of(Answer("postgresql", [{"Plan": {**sort, "Plans": [{**scan, "Filter": "(b = 1)"}]}}]))
    [top] = plan["nodes"]
    assert top["facts"] == [("cost", "1.00 to 2.00"), ("rows", "1"), ("sort key", "b, c")]
    assert top["children"][0]["text"] == "Seq Scan on a"
    assert top["children"][0]["facts"][-1] == ("filter", "(b = 1)")
    assert plan["reads_all"]
    assert "Costs are the planner's own units" in render("visualizer/inspector/plan.html", {"plan": plan})
