/** How high each part of the picture is: between a compact and a roomy measure, by the room there is. */

const COMPACT = { top: 2, client: 26, clientGap: 5, proxy: 20, proxyGap: 6, server: 23, row: 19, rowGap: 2, coreGap: 6, core: 61, rail: 16, cups: 9, dbGap: 5, db: 29, bottom: 2, band: 25 };
const ROOMY = { top: 16, client: 40, clientGap: 22, proxy: 30, proxyGap: 12, server: 34, row: 34, rowGap: 4, coreGap: 18, core: 104, rail: 26, cups: 26, dbGap: 24, db: 44, bottom: 18, band: 46 };
const STACKED = { ...COMPACT, top: 8, cups: 10, dbGap: 6, bottom: 12, row: 28, rowGap: 3, coreGap: 12, band: 38, core: 4 * 54 + 3 * 8, clientGap: 16, proxy: 28, proxyGap: 10, rail: 22, db: 44, client: 34, server: 32 };
export const NARROW_BELOW = 560;
/** Rows of layers that were not reached are a little lower than the others. */
const GHOST = 0.8;

/** Height of all rows; those after `bandAfter`, if it is a number, are ghosts below a band. */
function rowsHeight(size, layers, bandAfter) {
  const ghosts = bandAfter === null ? 0 : layers - bandAfter - 1;
  return layers * (size.row + size.rowGap) - ghosts * size.row * (1 - GHOST) + (bandAfter === null ? 0 : size.band);
}

function totalHeight(size, { layers, bandAfter, hasProxy }) {
  const above = size.top + size.client + size.clientGap + (hasProxy ? size.proxy + size.proxyGap : 0) + size.server + 4;
  const below = size.coreGap + size.core + size.rail + size.cups + size.dbGap + size.db + size.bottom;
  return above + rowsHeight(size, layers, bandAfter) + below;
}

function between(low, high, part) {
  return Object.fromEntries(Object.keys(low).map((key) => [key, low[key] + (high[key] - low[key]) * part]));
}

function chosenSize(height, content, isNarrow) {
  if (isNarrow) return STACKED;
  const low = totalHeight(COMPACT, content);
  const high = totalHeight(ROOMY, content);
  return between(COMPACT, ROOMY, Math.min(1, Math.max(0, (height - low) / (high - low))));
}

/** The vertical frame: tops and heights of everything for a picture with `layers` layers and, if it has one, a proxy. */
export function verticalFrame({ width, height, ...content }) {
  const { layers, bandAfter, hasProxy } = content;
  const isNarrow = width < NARROW_BELOW;
  const size = chosenSize(height, content, isNarrow);
  const used = totalHeight(size, content);
  const frame = { isNarrow, height: Math.max(height, used), band: size.band, core: size.core, db: size.db, client: size.client, server: size.server };
  frame.clientTop = size.top + (isNarrow ? 0 : Math.max(0, (height - used) / 2));
  frame.proxy = hasProxy ? size.proxy : 0;
  frame.proxyTop = frame.clientTop + size.client + size.clientGap;
  frame.serverTop = frame.proxyTop + (hasProxy ? size.proxy + size.proxyGap : 0);
  const rowsTop = frame.serverTop + size.server + 4;
  frame.rows = rowPlaces(rowsTop, size, layers, bandAfter);
  frame.bandTop = bandAfter === null ? null : frame.rows[bandAfter].top + size.row;
  frame.coreTop = rowsTop + rowsHeight(size, layers, bandAfter) + size.coreGap - size.rowGap;
  frame.railY = frame.coreTop + size.core + size.rail;
  frame.cupStep = size.cups / (layers + 2);
  frame.cupsEnd = frame.railY + size.cups;
  frame.dbTop = frame.cupsEnd + size.dbGap;
  return frame;
}

function rowPlaces(start, size, layers, bandAfter) {
  let top = start;
  return Array.from({ length: layers }, (_, index) => {
    const isGhost = bandAfter !== null && index > bandAfter;
    const place = { top, height: isGhost ? size.row * GHOST : size.row };
    top += place.height + size.rowGap + (index === bandAfter ? size.band : 0);
    return place;
  });
}

/** The horizontal frame: outer edges, the inset of each layer, and the two lanes. */
export function horizontalFrame({ width, layers, isNarrow }) {
  const gutter = isNarrow ? 14 : Math.max(30, (width - 1040) / 2);
  const inset = Math.min(3, (isNarrow ? 12 : 26) / (layers + 1));
  const lane = inset * (layers + 1) + (isNarrow ? 14 : 20);
  return { width, x0: gutter, x1: width - gutter, inset, laneIn: gutter + lane, laneOut: width - gutter - lane, middle: width / 2 };
}
