"""The demonstration site with pages whose traces have up to 100,000 events, and with room for many traces."""

from config.settings import *  # noqa: F403
from config.settings import VISUALIZER as SHOP_VISUALIZER

ROOT_URLCONF = "tests.browser.deep_urls"
VISUALIZER = SHOP_VISUALIZER | {"MAX_EVENTS": 100_000, "MAX_TRACES": 1_000}
