"""One variant in a process of its own: `python -m tests.bench.worker <variant> <wsgi|asgi>`.

Reads how many requests to make, a number a line, and writes a line of JSON for each: their times in nanoseconds.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator

from tests.bench.timing import Answer, ask_asgi, ask_wsgi
from tests.bench.variants import VARIANTS, Variant


def main(name: str, interface: str) -> None:
    variant = VARIANTS[name]
    os.environ["DJANGO_SETTINGS_MODULE"] = variant.settings
    variant.start()
    (_serve_asgi if interface == "asgi" else _serve_wsgi)(variant, os.environ["BENCH_SESSION"])


def _serve_wsgi(variant: Variant, session: str) -> None:
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
    for count in _orders():
        began = time.process_time_ns()
        answers = [ask_wsgi(application, session) for _ in range(count)]
        _report(variant, answers, time.process_time_ns() - began)


def _serve_asgi(variant: Variant, session: str) -> None:
    from django.core.asgi import get_asgi_application

    application = get_asgi_application()

    async def ask(count: int) -> list[Answer]:
        return [await ask_asgi(application, session) for _ in range(count)]

    with asyncio.Runner() as runner:
        for count in _orders():
            began = time.process_time_ns()
            answers = runner.run(ask(count))
            _report(variant, answers, time.process_time_ns() - began)


def _orders() -> Iterator[int]:
    return (int(line) for line in sys.stdin)


def _report(variant: Variant, answers: list[Answer], processor_ns: int) -> None:
    statuses = {answer.status for answer in answers}
    if statuses != {200}:
        sys.exit(f"{variant.title}: the page answered {sorted(statuses)}, not 200")
    report = {
        "to_response_ns": [answer.to_response_ns for answer in answers],
        "in_all_ns": [answer.in_all_ns for answer in answers],
        "processor_ns": processor_ns / len(answers),
        "saw": variant.saw(answers[-1].body),
    }
    variant.forget()
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
