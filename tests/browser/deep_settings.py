"""The demonstration site with one more page, whose trace has about 100,000 events, and with room for them."""

from config.settings import *  # noqa: F403
from config.settings import VISUALIZER as SHOP_VISUALIZER

ROOT_URLCONF = "tests.browser.deep_urls"
VISUALIZER = SHOP_VISUALIZER | {"MAX_EVENTS": 100_000}
