"""Many requests that arrive evenly within some seconds, as if a whole class pressed a button."""

import time
from concurrent.futures import ThreadPoolExecutor
from urllib.request import urlopen

COUNT = 500
SECONDS = 10
_THREADS = 16


def send_many(url: str, count: int = COUNT, seconds: float = SECONDS) -> list[int]:
    """Ask for the JSON API `count` times within `seconds`; returns the status of each answer."""
    since = time.monotonic()

    def ask(number: int) -> int:
        time.sleep(max(0, since + number * seconds / count - time.monotonic()))
        with urlopen(f"{url}/api/products/1/?crowd={number}", timeout=60) as response:
            response.read()
            return int(response.status)

    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(ask, range(count)))
