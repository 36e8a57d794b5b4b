/** The waterfall as geometry: true, linear time; one bar a span, below the span that it happened in. No DOM. */

const THIN = 4;
const THICK = 13;
const GAP = 1;
const AXIS = 18;
const MIN_WIDTH = 2;
const LABEL_FROM = 44;

function barsOfSpans(model, now) {
  return [...model.spans.values()].map((span) => ({
    key: span.id,
    kind: span.kind,
    name: span.name,
    seq: span.enter.seq,
    depth: span.depth + 1,
    from: span.enter.t_ns,
    to: span.exit?.t_ns ?? now,
    isOpen: !span.exit,
    failed: Boolean(span.exit?.detail.error || span.exit?.detail.result === "raised"),
  }));
}

function browserBar(model) {
  const { request, response } = model.browser;
  if (!request || !response) return [];
  const from = request.t_ns;
  const to = Math.max(from + (response.detail.total_ns ?? 0), response.t_ns);
  return [{ key: "browser", kind: "client", name: "browser", seq: request.seq, depth: 0, from, to, isOpen: false, failed: false, clock: request.detail.clock }];
}

/** Rows that hold only layers of middleware are thin: there are many, and each is almost as long as the one around it. */
function rowHeights(bars, height) {
  const rows = [...new Set(bars.map((bar) => bar.depth))].sort((a, b) => a - b);
  const isThin = (depth) => bars.every((bar) => bar.depth !== depth || bar.kind === "middleware");
  const thin = rows.filter(isThin).length;
  const room = height - AXIS - rows.length * GAP - thin * THIN;
  const thick = Math.max(6, Math.min(THICK, room / Math.max(1, rows.length - thin)));
  let y = 0;
  const places = new Map();
  for (const depth of rows) {
    const rowHeight = isThin(depth) ? THIN : thick;
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

/** {bars, ticks, from, to, height}: bars with x, y, width, height; x grows with true time. */
export function layoutWaterfall(model, { width, height }) {
  const last = model.events.at(-1)?.t_ns ?? 0;
  const now = model.head.duration_ns ?? model.events.reduce((max, event) => Math.max(max, event.t_ns), last);
  const bars = [...browserBar(model), ...barsOfSpans(model, now)];
  if (!bars.length) return { bars: [], ticks: [], from: 0, to: 1, width, height, rowsEnd: 0 };
  const from = Math.min(0, ...bars.map((bar) => bar.from));
  const to = Math.max(from + 1, ...bars.map((bar) => bar.to));
  const { places, used } = rowHeights(bars, height);
  const scale = width / (to - from);
  const placed = bars.map((bar) => {
    const row = places.get(bar.depth);
    const size = Math.max(MIN_WIDTH, (bar.to - bar.from) * scale);
    return { ...bar, x: Math.min((bar.from - from) * scale, width - MIN_WIDTH), y: row.y, width: size, height: row.height, hasLabel: size > LABEL_FROM && row.height >= 11 };
  });
  return { bars: placed, ticks: ticksOf(from, to, width), from, to, width, height: Math.max(height, used + AXIS), rowsEnd: used };
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
