"""`make bench`: what the recorder costs, beside the tools that people already use."""

import argparse
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.prepare import prepare_site
from tests.bench.rounds import INTERFACES, WorkerError, measure
from tests.bench.table import due_line, due_of_many_queries, dues, table
from tests.bench.timing import PATH
from tests.bench.variants import VARIANTS

PARTS = ("requests", "hub", "page")
MANY_QUERIES = "/reports/sales/"


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    parts = {"requests": _bench_requests, "hub": _bench_hub, "page": _bench_page}
    for part in options.only or PARTS:
        parts[part](options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=24, help="rounds, each with new processes (%(default)s)")
    parser.add_argument("--requests", type=int, default=24, help="requests per variant and round (%(default)s)")
    parser.add_argument("--only", action="append", choices=PARTS, help="this part only; may be given again")
    parser.add_argument("--variant", action="append", choices=VARIANTS, help="beside nothing; may be given again")
    return parser


def _bench_requests(options: argparse.Namespace) -> None:
    print(f"GET {PATH} as john, {options.rounds} rounds of {options.requests} requests each, µs a request")
    with TemporaryDirectory() as folder:
        environment = prepare_site(Path(folder))
        for interface in INTERFACES:
            figures = measure(interface, environment, options.rounds, options.requests, _variants(options))
            print(f"\n{interface.upper()}\n{table(figures)}\n", flush=True)
            if len(figures) == len(VARIANTS):
                print("\n".join(due_line(due) for due in dues(figures)), flush=True)
        if not options.variant:
            _bench_many_queries({**environment, "BENCH_PATH": MANY_QUERIES}, options)


def _bench_many_queries(environment: dict[str, str], options: argparse.Namespace) -> None:
    rounds, requests = max(1, options.rounds // 4), max(1, options.requests // 5)
    print(f"\nGET {MANY_QUERIES} as john, {rounds} rounds of {requests} requests each, µs a request")
    for interface in INTERFACES:
        figures = measure(interface, environment, rounds, requests, ("nothing", "recording"))
        print(f"\n{interface.upper()}\n{table(figures)}\n\n{due_line(due_of_many_queries(figures))}", flush=True)


def _variants(options: argparse.Namespace) -> list[str]:
    chosen = {"nothing", *options.variant} if options.variant else VARIANTS
    return [name for name in VARIANTS if name in chosen]


def _bench_hub(options: argparse.Namespace) -> None:
    _run("tests.bench.hub", "The hub")


def _bench_page(options: argparse.Namespace) -> None:
    _run("tests.bench.first_view", "The first view of the page")
    _run("tests.bench.fps", "The page")
    _run("tests.bench.deep", "A trace of nearly 100,000 events on the page")


def _run(module: str, title: str) -> None:
    print(f"\n{title}", flush=True)
    # Its last line says whether the bound was met; that is no reason to stop here.
    subprocess.run([sys.executable, "-m", module], check=False)


if __name__ == "__main__":
    try:
        main()
    except WorkerError as error:
        sys.exit(str(error))
