/** The waterfall as geometry: true, linear time; one bar a span, below the span that it happened in. No DOM. */

/** Below this a row is not seen: where there are more of them than fit, they are scrolled. */
const LEAST = 3;
const THIN = 4;
const THICK = 13;
const GAP = 1;
const AXIS = 18;
const MIN_WIDTH = 2;
const LABEL_FROM = 44;
const SHARE_FROM = 1500;

function barOf(span, now) {
  const { id, kind, name, enter, exit, depth } = span;
  const failed = Boolean(exit?.detail.error || exit?.detail.result === "raised");
  return { key: id, kind, name, seq: enter.seq, lastSeq: enter.seq, count: 1, depth: depth + 1, from: enter.t_ns, to: exit?.t_ns ?? now, isOpen: !exit, failed };
}

/** Whether a span would be drawn over the bar before it: alike, in the same row, and not a hair further. */
function isHiddenBy(bar, span, now, hairNs) {
  if (!bar || bar.kind !== span.kind || bar.isOpen || !span.exit) return false;
  if (bar.failed !== Boolean(span.exit.detail.error || span.exit.detail.result === "raised")) return false;
  return span.enter.t_ns - bar.to < hairNs && span.exit.t_ns - span.enter.t_ns < hairNs && bar.to - bar.from < (bar.count > 1 ? Infinity : hairNs);
}

/** One bar a span; in a trace of thousands, spans narrower than a hair that lie side by side share one. */
function barsOfSpans(model, now, hairNs) {
  const isDeep = model.spans.size > SHARE_FROM;
  const [bars, lastOfRow] = [[], []];
  for (const span of model.spans.values()) {
    const before = isDeep ? lastOfRow[span.depth] : null;
    if (isHiddenBy(before, span, now, hairNs)) {
      before.count += 1;
      before.lastSeq = span.enter.seq;
      before.to = Math.max(before.to, span.exit.t_ns);
    } else {
      bars.push((lastOfRow[span.depth] = barOf(span, now)));
    }
  }
  return bars;
}

function browserBar(model) {
  const { request, response } = model.browser;
  if (!request || !response) return [];
  const from = request.t_ns;
  const to = Math.max(from + (response.detail.total_ns ?? 0), response.t_ns);
  return [{ key: "browser", kind: "client", name: "browser", seq: request.seq, lastSeq: request.seq, count: 1, depth: 0, from, to, isOpen: false, failed: false, clock: request.detail.clock }];
}

/** Rows that hold only layers of middleware are thin: there are many, and each is almost as long as the one around it. */
function rowHeights(bars, height) {
  const rows = [...new Set(bars.map((bar) => bar.depth))].sort((a, b) => a - b);
  const thickRows = new Set(bars.filter((bar) => bar.kind !== "middleware").map((bar) => bar.depth));
  const isThin = (depth) => !thickRows.has(depth);
  const thin = rows.filter(isThin).length;
  const room = height - AXIS - rows.length * GAP;
  const thinHeight = Math.min(THIN, Math.max(LEAST, room / rows.length));
  const thick = Math.max(LEAST, Math.min(THICK, (room - thin * thinHeight) / Math.max(1, rows.length - thin)));
  let y = 0;
  const places = new Map();
  for (const depth of rows) {
    const rowHeight = isThin(depth) ? thinHeight : thick;
    places.set(depth, { y, height: rowHeight });
    y += rowHeight + GAP;
  }
  return { places, used: y };
}

/** Steps of 1, 2 or 5 times a power of ten, about `wanted` of them. */
export function axisStep(spanNs, wanted) {
  const rough = spanNs / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? 10 * power;
}

function ticksOf(from, to, width) {
  const step = axisStep(to - from, width / 90);
  const ticks = [];
  for (let t = Math.ceil(from / step) * step; t <= to; t += step) ticks.push({ t, x: ((t - from) / (to - from)) * width });
  return ticks;
}

function boundsOf(model, browser, now) {
  const [first, last] = [browser[0]?.from ?? 0, browser[0]?.to ?? 0];
  const end = model.events.reduce((max, event) => Math.max(max, event.t_ns), now);
  const from = Math.min(0, first);
  return { from, to: Math.max(from + 1, last, end) };
}

/** {bars, ticks, from, to, height}: bars with x, y, width, height; x grows with true time. */
export function layoutWaterfall(model, { width, height }) {
  const now = model.head.duration_ns ?? model.events.reduce((max, event) => Math.max(max, event.t_ns), 0);
  const browser = browserBar(model);
  if (!browser.length && !model.spans.size) return { bars: [], ticks: [], from: 0, to: 1, width, height, rowsEnd: 0 };
  const { from, to } = boundsOf(model, browser, now);
  const scale = width / (to - from);
  const bars = [...browser, ...barsOfSpans(model, now, 1 / scale)];
  const { places, used } = rowHeights(bars, height);
  for (const bar of bars) placeBar(bar, places.get(bar.depth), { from, scale, width });
  return { bars, ticks: ticksOf(from, to, width), from, to, width, height: Math.max(height, used + AXIS), rowsEnd: used };
}

function placeBar(bar, row, { from, scale, width }) {
  const size = Math.max(MIN_WIDTH, (bar.to - bar.from) * scale);
  Object.assign(bar, { x: Math.min((bar.from - from) * scale, width - MIN_WIDTH), y: row.y, width: size, height: row.height, hasLabel: size > LABEL_FROM && row.height >= 11 });
}

/** The bar of the span in which a step begins, or that it shares; undefined if none. */
export function barOfStep({ bars }, { seq, event }) {
  return bars.find((bar) => bar.seq === seq || bar.key === event.span) ?? bars.find((bar) => bar.kind === event.kind && bar.seq <= seq && seq <= bar.lastSeq);
}

/** The innermost bar at a point, or null; thin bars are given a little room. */
export function barAt(layout, x, y) {
  const near = (bar) => x >= bar.x - 2 && x <= bar.x + bar.width + 2 && y >= bar.y - 0.5 && y <= bar.y + bar.height + 1;
  return layout.bars.findLast(near) ?? null;
}

export function timeAtX(layout, x) {
  return layout.from + (Math.min(layout.width, Math.max(0, x)) / layout.width) * (layout.to - layout.from);
}

export function xOfTime(layout, tNs) {
  return ((tNs - layout.from) / (layout.to - layout.from)) * layout.width;
}

/** Bars of one colour as one path: a trace of thousands of spans is a handful of elements. */
export function pathOfBars(bars) {
  return bars.map(({ x, y, width, height }) => `M${x.toFixed(1)} ${y.toFixed(1)}h${width.toFixed(1)}v${height.toFixed(1)}h${(-width).toFixed(1)}z`).join("");
}
