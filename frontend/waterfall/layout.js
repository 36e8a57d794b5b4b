/** The waterfall as geometry: true, linear time; the bars that are in sight, and no others. No DOM. */

import { rowsOf } from "./rows.js";
import { findGaps, Scale, ticksOf } from "./scale.js";

/** How low a row may be and how far from the next, from roomy to dense; where there are more than fit, they are scrolled. */
const DENSITIES = [{ least: 3, gap: 1 }, { least: 2, gap: 1 }, { least: 2, gap: 0.4 }];
const THIN = 4;
const THICK = 13;
const LANE_GAP = 5;
const STRIP = 3;
/** A lane is high enough for its name. */
const LANE_LEAST = 12;
const MIN_WIDTH = 2;
const LABEL_FROM = 44;
/** Bars of more spans than this share what is narrower than a hair. */
const SHARE_FROM = 1500;
const MOST_LEAPS = 120;
const HOLLOW_FROM = 8;

/** Whether a bar would be drawn over the one before it: alike, in the same row, and not a hair further. */
function isHiddenBy(before, bar, hairNs) {
  if (!before || before.kind !== bar.kind || before.isOpen || bar.isOpen || before.failed !== bar.failed) return false;
  return bar.from - before.to < hairNs && bar.to - bar.from < hairNs && before.to - before.from < (before.count > 1 ? Infinity : hairNs);
}

const BAR_END = ({ to }) => to;
const WAIT_END = ([, to]) => to;

/** Index of the first of a row that ends at `t` or later. */
function firstEnding(row, t, endOf = BAR_END) {
  let [low, high] = [0, row.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (endOf(row[middle]) < t) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The bars of a row that are in sight; those narrower than a hair that lie side by side share one. */
function barsInSight(row, { from, to }, hairNs) {
  const bars = [];
  for (let index = firstEnding(row, from); index < row.length && row[index].from <= to; index += 1) {
    const [before, bar] = [bars.at(-1), row[index]];
    if (hairNs && isHiddenBy(before, bar, hairNs)) {
      before.count += 1;
      before.lastSeq = bar.lastSeq;
      before.to = bar.to;
    } else {
      bars.push({ ...bar });
    }
  }
  return bars;
}

/** Rows that hold only layers of middleware are thin: there are many, and each is almost as long as the one around it. */
function isThin(row) {
  return row.every((bar) => bar.kind === "middleware");
}

/** Heights of thin and thick rows, so that all fit; `least` where they do not. */
function rowHeights(lanes, height, { least, gap }) {
  const rows = lanes.flatMap((lane) => lane.rows);
  const thin = rows.filter(isThin).length;
  const strips = lanes.filter((lane) => lane.calls.length).length * (STRIP + gap);
  const room = height - rows.length * gap - (lanes.length - 1) * LANE_GAP - strips;
  const thinHeight = Math.min(THIN, Math.max(least, room / Math.max(1, rows.length)));
  return { gap, thin: thinHeight, thick: Math.max(least, Math.min(THICK, (room - thin * thinHeight) / Math.max(1, rows.length - thin))) };
}

/** {lanes, used}: top and bottom of each lane, the place of each of its rows, and where they all end. */
function stack(lanes, heights) {
  let y = 0;
  const placed = lanes.map((lane, index) => {
    if (index) y += LANE_GAP;
    const top = y;
    if (lane.calls.length) y += STRIP + heights.gap;
    const places = lane.rows.map((row) => {
      const place = { y, height: isThin(row) ? heights.thin : heights.thick };
      y += place.height + heights.gap;
      return place;
    });
    if (lane.name) y = Math.max(y, top + LANE_LEAST);
    return { ...lane, top, places, bottom: y };
  });
  return { lanes: placed, used: y };
}

/** As roomy as it can be: a lane that has to be scrolled to is easily missed. */
function placeRows(lanes, height) {
  const tries = DENSITIES.map((density) => stack(lanes, rowHeights(lanes, height, density)));
  return tries.find(({ used }) => used <= height + 1) ?? tries[lanes.length > 1 ? tries.length - 1 : 0];
}

function placeBar(bar, row, scale) {
  const left = Math.max(-4, scale.xOf(bar.from));
  const right = Math.min(scale.width + 4, scale.xOf(bar.to));
  const width = Math.max(MIN_WIDTH, right - left);
  Object.assign(bar, { x: Math.min(left, scale.width - MIN_WIDTH), y: row.y, width, height: row.height, hasLabel: width > LABEL_FROM && row.height >= 11 });
  bar.own = ownPieces(bar, scale);
  return bar;
}

/** [[x, width]]: the parts of a bar in which it does not wait for what is inside it or for another thread. */
function ownPieces(bar, scale) {
  if (bar.count > 1 || !bar.waits.length) return [[bar.x, bar.width]];
  const pieces = [];
  let x = bar.x;
  const end = bar.x + bar.width;
  for (let index = firstEnding(bar.waits, scale.from, WAIT_END); index < bar.waits.length && bar.waits[index][0] <= scale.to; index += 1) {
    const [from, to] = bar.waits[index];
    const [a, b] = [Math.max(bar.x, scale.xOf(from)), Math.min(end, scale.xOf(to))];
    if (a - x > 0.3) pieces.push([x, a - x]);
    x = Math.max(x, b);
  }
  if (end - x > 0.3) pieces.push([x, end - x]);
  return pieces;
}

/** Strips that show when a thread was at work for this request, and the leaps to it and back: {strips, leaps}. */
function callsInSight(lanes, scale, byKey) {
  const [strips, leaps] = [[], []];
  for (const lane of lanes) {
    for (const call of lane.calls) {
      if (call.back < scale.from || call.begin > scale.to) continue;
      const [x, end] = [scale.xOf(call.start), scale.xOf(call.end)];
      strips.push({ x, y: lane.top, width: Math.max(1, end - x), height: STRIP });
      const waiting = byKey.get(call.parent);
      if (waiting) leaps.push({ x: scale.xOf(call.begin), toX: x, y: waiting.y + waiting.height / 2, toY: lane.top + STRIP / 2 }, { x: scale.xOf(call.back), toX: end, y: waiting.y + waiting.height / 2, toY: lane.top + STRIP / 2 });
    }
  }
  return { strips, leaps: leaps.slice(0, MOST_LEAPS) };
}

function nothing(width, height) {
  return { bars: [], lanes: [], ticks: [], cuts: [], strips: [], leaps: [], scale: new Scale({ from: 0, to: 1 }, width), from: 0, to: 1, whole: { from: 0, to: 1 }, width, height, rowsEnd: 0 };
}

/**
 * {bars, lanes, ticks, cuts, strips, leaps, scale, whole}: bars with x, y, width, height and their `own` parts.
 * `view`: `sight` {from, to} or null for all, `hasLanes`, `hasCuts`.
 */
export function layoutWaterfall(model, { width, height }, { sight = null, hasLanes = false, hasCuts = false } = {}) {
  if (!model.spans.size && !model.browser.response) return nothing(width, height);
  const built = rowsOf(model, hasLanes);
  const whole = { from: built.from, to: built.to };
  const gaps = hasCuts ? (built.gaps ??= findGaps(model, whole.from, whole.to)) : [];
  const scale = new Scale(sight ?? whole, width, gaps);
  const hairNs = built.bars.length > SHARE_FROM ? 1 / scale.perNs : 0;
  const { lanes, used } = placeRows(built.lanes, height);
  const bars = lanes.flatMap((lane) => lane.rows.flatMap((row, index) => barsInSight(row, scale, hairNs).map((bar) => placeBar(bar, lane.places[index], scale))));
  const byKey = new Map(bars.map((bar) => [bar.key, bar]));
  return { bars, lanes, ticks: ticksOf(scale), cuts: scale.cuts, ...callsInSight(lanes, scale, byKey), scale, from: scale.from, to: scale.to, whole, width, height: Math.max(height, used), rowsEnd: used };
}

/** The bar of the span in which a step begins, or that it shares; undefined if none is in sight. */
export function barOfStep({ bars }, { seq, event }) {
  return bars.find((bar) => bar.seq === seq || bar.key === event.span) ?? bars.find((bar) => bar.kind === event.kind && bar.seq <= seq && seq <= bar.lastSeq);
}

/** The innermost bar at a point, or null; thin bars are given a little room. */
export function barAt(layout, x, y) {
  const near = (bar) => x >= bar.x - 2 && x <= bar.x + bar.width + 2 && y >= bar.y - 0.5 && y <= bar.y + bar.height + 1;
  return layout.bars.findLast(near) ?? null;
}

export function timeAtX({ scale, width }, x) {
  return scale.timeAt(Math.min(width, Math.max(0, x)));
}

export function xOfTime({ scale }, tNs) {
  return scale.xOf(tNs);
}

function rectangle(x, y, width, height) {
  return `M${x.toFixed(1)} ${y.toFixed(1)}h${width.toFixed(1)}v${height.toFixed(1)}h${(-width).toFixed(1)}z`;
}

/** Bars of one colour as one path: a trace of thousands of spans is a handful of elements. Here the parts in which they work. */
export function pathOfBars(bars) {
  return bars.map(({ own, y, height }) => own.map(([x, width]) => rectangle(x, y, width, height)).join("")).join("");
}

/** The whole of the bars that wait for something: hollow, or a line where the row is too thin for that. */
export function pathOfWaits(bars) {
  const waiting = bars.filter(({ own, x, width }) => own.length !== 1 || own[0][0] !== x || own[0][1] !== width);
  return waiting.map(({ x, y, width, height }) => (height < HOLLOW_FROM ? rectangle(x, y + height / 2 - 0.5, width, 1) : rectangle(x, y + 0.5, width, height - 1))).join("");
}
