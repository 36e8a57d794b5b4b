"""A database's plan as a tree that can be read: its own words, and beside them what they mean."""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from visualizer.control.explain import Answer

Node = dict[str, Any]
"""`{text, says, reads_all, facts, children}`; `facts` are pairs of label and value."""

_SQLITE = (
    (r"SCAN CONSTANT ROW", "needs no table"),
    (r"SCAN .+ USING COVERING INDEX", "reads a whole index; the table itself is not needed"),
    (r"SCAN .+ USING INDEX", "reads every row, in the order of an index"),
    (r"SCAN ", "reads every row"),
    (r"SEARCH .+ USING AUTOMATIC", "makes an index for this one query, then finds the rows by it"),
    (r"SEARCH .+ USING INTEGER PRIMARY KEY", "finds rows by the primary key"),
    (r"SEARCH .+ USING COVERING INDEX", "finds rows in an index; the table itself is not needed"),
    (r"SEARCH .+ USING INDEX", "finds rows by an index"),
    (r"USE TEMP B-TREE FOR ORDER BY", "sorts the rows: no index has them in this order"),
    (r"USE TEMP B-TREE FOR (LAST|RIGHT)", "sorts by the last columns: an index has the first ones in order"),
    (r"USE TEMP B-TREE FOR GROUP BY", "sorts the rows to group them"),
    (r"USE TEMP B-TREE FOR DISTINCT", "remembers the rows to leave out those that repeat"),
    (r"CORRELATED", "runs again for each row outside it"),
    (r"SCALAR SUBQUERY|LIST SUBQUERY", "runs once"),
    (r"MATERIALIZE", "runs once, and its rows are kept to be read"),
    (r"CO-ROUTINE", "hands over its rows one by one"),
)
_POSTGRESQL = {
    "Seq Scan": "reads every row",
    "Index Scan": "finds rows by an index",
    "Index Only Scan": "finds rows in an index; the table itself is not needed",
    "Bitmap Heap Scan": "reads the pages that the index named",
    "Bitmap Index Scan": "finds in an index which pages to read",
    "Nested Loop": "looks up the second for each row of the first",
    "Hash Join": "looks up each row of the first in a hash table of the second",
    "Merge Join": "walks through both in the same order",
    "Hash": "makes a hash table of the rows",
    "Sort": "sorts the rows",
    "Incremental Sort": "sorts by the last columns: the first ones are in order",
    "Limit": "stops after the first rows",
    "Aggregate": "counts, sums or groups",
    "Materialize": "keeps the rows to read them again",
    "Memoize": "remembers what it looked up before",
    "Unique": "leaves out what repeats",
    "Append": "one after the other",
    "Result": "needs no table",
    "Gather": "collects what several processes found",
}
_CONDITIONS = (
    "Index Cond",
    "Recheck Cond",
    "Hash Cond",
    "Merge Cond",
    "Join Filter",
    "Filter",
    "Sort Key",
    "Group Key",
)


def plan_of(answer: Answer) -> dict[str, Any]:
    """`{vendor, nodes, reads_all, has_costs}`: whether anywhere every row is read, and whether costs are told."""
    is_sqlite = answer.vendor == "sqlite"
    nodes = _of_sqlite(answer.told) if is_sqlite else [_of_postgresql(each["Plan"]) for each in answer.told]
    return {
        "vendor": answer.vendor,
        "nodes": nodes,
        "reads_all": any(map(_reads_all, nodes)),
        "has_costs": not is_sqlite,
    }


def _of_sqlite(rows: Any) -> list[Node]:
    """SQLite numbers its nodes and tells each one's parent; 0 is the top."""
    by_parent: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        by_parent[row[1]].append(row)

    def node(row: Any) -> Node:
        text = str(row[3])
        says = next((said for pattern, said in _SQLITE if re.match(pattern, text)), "")
        children = [node(child) for child in by_parent[row[0]]]
        return {
            "text": text,
            "says": says,
            "reads_all": says.startswith("reads every row"),
            "facts": [],
            "children": children,
        }

    return [node(row) for row in by_parent[0]]


def _of_postgresql(plan: Mapping[str, Any]) -> Node:
    kind = str(plan["Node Type"])
    on = next((f" on {plan[key]}" for key in ("Relation Name", "CTE Name", "Function Name") if plan.get(key)), "")
    by = f" using {plan['Index Name']}" if plan.get("Index Name") else ""
    return {
        "text": f"{kind}{by}{on}",
        "says": _POSTGRESQL.get(kind, ""),
        "reads_all": kind == "Seq Scan",
        "facts": _facts(plan),
        "children": [_of_postgresql(child) for child in plan.get("Plans") or []],
    }


def _facts(plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    told = [("cost", f"{plan['Startup Cost']:,.2f} to {plan['Total Cost']:,.2f}"), ("rows", f"{plan['Plan Rows']:,}")]
    return told + [(key.lower(), _text(plan[key])) for key in _CONDITIONS if plan.get(key)]


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _reads_all(node: Node) -> bool:
    return bool(node["reads_all"]) or any(map(_reads_all, node["children"]))
