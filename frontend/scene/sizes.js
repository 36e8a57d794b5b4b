/** How high each part of the picture is: between a compact and a roomy measure, by the room there is. */

const COMPACT = { top: 3, client: 28, clientGap: 8, server: 24, row: 19, rowGap: 2, coreGap: 8, core: 62, rail: 16, cups: 12, dbGap: 10, db: 30, bottom: 6 };
const ROOMY = { top: 16, client: 40, clientGap: 22, server: 34, row: 34, rowGap: 4, coreGap: 18, core: 104, rail: 26, cups: 26, dbGap: 24, db: 44, bottom: 18 };
const STACKED = { ...COMPACT, top: 8, bottom: 12, row: 28, rowGap: 3, coreGap: 12, core: 4 * 54 + 3 * 8, clientGap: 16, rail: 22, db: 40, client: 34, server: 32 };
export const NARROW_BELOW = 560;
const BAND = 40;

function totalHeight(size, layers, hasBand) {
  const rows = layers * (size.row + size.rowGap);
  const rest = size.top + size.client + size.clientGap + size.server + 4 + size.coreGap + size.core;
  return rest + rows + size.rail + size.cups + size.dbGap + size.db + size.bottom + (hasBand ? BAND : 0);
}

function between(low, high, part) {
  return Object.fromEntries(Object.keys(low).map((key) => [key, low[key] + (high[key] - low[key]) * part]));
}

function chosenSize(height, layers, hasBand, isNarrow) {
  if (isNarrow) return STACKED;
  const low = totalHeight(COMPACT, layers, hasBand);
  const high = totalHeight(ROOMY, layers, hasBand);
  return between(COMPACT, ROOMY, Math.min(1, Math.max(0, (height - low) / (high - low))));
}

/** The vertical frame: tops and heights of everything for a picture with `layers` layers. */
export function verticalFrame({ width, height, layers, bandAfter }) {
  const isNarrow = width < NARROW_BELOW;
  const hasBand = bandAfter !== null;
  const size = chosenSize(height, layers, hasBand, isNarrow);
  const used = totalHeight(size, layers, hasBand);
  const frame = { isNarrow, height: Math.max(height, used), row: size.row, core: size.core, db: size.db, client: size.client, server: size.server };
  frame.clientTop = size.top + (isNarrow ? 0 : Math.max(0, (height - used) / 2));
  frame.serverTop = frame.clientTop + size.client + size.clientGap;
  frame.rows = rowTops(frame.serverTop + size.server + 4, size, layers, bandAfter);
  frame.bandTop = hasBand ? (frame.rows[bandAfter] ?? frame.serverTop) + size.row : null;
  const rowsEnd = frame.serverTop + size.server + 4 + layers * (size.row + size.rowGap) + (hasBand ? BAND : 0);
  frame.coreTop = rowsEnd + size.coreGap - size.rowGap;
  frame.railY = frame.coreTop + size.core + size.rail;
  frame.cupStep = size.cups / (layers + 2);
  frame.cupsEnd = frame.railY + size.cups;
  frame.dbTop = frame.cupsEnd + size.dbGap;
  return frame;
}

function rowTops(start, size, layers, bandAfter) {
  const tops = [];
  for (let index = 0; index < layers; index += 1) {
    const shift = bandAfter !== null && index > bandAfter ? BAND : 0;
    tops.push(start + index * (size.row + size.rowGap) + shift);
  }
  return tops;
}

/** The horizontal frame: outer edges, the inset of each layer, and the two lanes. */
export function horizontalFrame({ width, layers, isNarrow }) {
  const gutter = isNarrow ? 14 : Math.max(30, (width - 1040) / 2);
  const inset = Math.min(3, (isNarrow ? 12 : 26) / (layers + 1));
  const lane = inset * (layers + 1) + (isNarrow ? 14 : 20);
  return { width, x0: gutter, x1: width - gutter, inset, laneIn: gutter + lane, laneOut: width - gutter - lane, middle: width / 2 };
}
