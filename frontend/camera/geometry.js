/** Zoom and scroll of the scene. No DOM. */

export const LARGEST = 6;
const STEP = 1.25;

/** The zoom at which the whole of a drawing fits its room; never larger than life. */
export function fitting({ width, height }, room) {
  return Math.min(1, room.width / Math.max(1, width), room.height / Math.max(1, height));
}

/** The next zoom up (1) or down (-1), stopping at life size on its way and at the ends. */
export function nextZoom(zoom, direction, least) {
  const next = direction > 0 ? zoom * STEP : zoom / STEP;
  const passesOne = (zoom - 1) * (next - 1) < -1e-9;
  return Math.min(LARGEST, Math.max(least, passesOne ? 1 : next));
}

/** Where to scroll so that the point of the drawing at `at` (in the room) stays there when `from` becomes `to`: of one axis. */
export function scrollAround(scroll, at, from, to) {
  return ((scroll + at) / from) * to - at;
}
