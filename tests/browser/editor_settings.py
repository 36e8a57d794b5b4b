"""The demonstration site for somebody whose editor is PyCharm."""

from config.settings import *  # noqa: F403
from config.settings import VISUALIZER as SHOP_VISUALIZER

VISUALIZER = SHOP_VISUALIZER | {"EDITOR": "pycharm"}
