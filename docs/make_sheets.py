"""Lays the pictures of each moment out on one sheet: three sizes, dark above light.

`python -m docs.make_screenshots --all FOLDER`, then `python -m docs.make_sheets FOLDER`: one file a moment in
`docs/states/`, to see at a glance what a change to the page did.
"""

import argparse
from pathlib import Path

from PIL import Image

from docs.make_screenshots import DOCS, SIZES, THEMES
from docs.moments import MOMENTS

ROW_PX = 440
GAP_PX = 6
QUALITY = 45
STATES = DOCS / "states"


def lay_out(folder: Path, moment: str) -> Image.Image:
    """The sheet of one moment; raise FileNotFoundError naming the picture that is missing in `folder`."""
    rows = [[_shrunk(folder / f"{moment}-{size}-{theme}.png") for size in SIZES] for theme in THEMES]
    width = max(sum(picture.width + GAP_PX for picture in row) - GAP_PX for row in rows)
    sheet = Image.new("RGB", (width, len(rows) * (ROW_PX + GAP_PX) - GAP_PX), "gray")
    for number, row in enumerate(rows):
        left = 0
        for picture in row:
            sheet.paste(picture, (left, number * (ROW_PX + GAP_PX)))
            left += picture.width + GAP_PX
    return sheet


def _shrunk(file: Path) -> Image.Image:
    with Image.open(file) as picture:
        width = round(picture.width * ROW_PX / picture.height)
        return picture.convert("RGB").resize((width, ROW_PX), Image.Resampling.LANCZOS)


def main() -> None:
    """Write the sheets of all moments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the pictures are")
    folder = parser.parse_args().folder
    STATES.mkdir(exist_ok=True)
    for moment in MOMENTS:
        file = STATES / f"{moment}.webp"
        lay_out(folder, moment).save(file, quality=QUALITY, method=6)
        print(file)


if __name__ == "__main__":
    main()
