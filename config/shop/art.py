"""The pictures of the sample products: SVG shapes on a field of 96 by 96, by the product's slug.

`shop.css` colours the classes from the product's hue: `m` main, `d` dark, `l` light, `b` steel, `y` yellow; `s`, `t`
and `k` are a thick, a thin and a pale line.
"""

import json
from pathlib import Path

SHAPES: dict[str, str] = json.loads(Path(__file__).with_name("art.json").read_text(encoding="utf-8"))
PLAIN = '<rect class="m" x="24" y="30" width="48" height="42" rx="6"/><path class="t" d="M24 44h48M48 30v42"/>'
