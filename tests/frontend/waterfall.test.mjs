import assert from "node:assert/strict";
import { test } from "node:test";

import { barAt, layoutWaterfall, timeAtX, xOfTime } from "../../frontend/waterfall/layout.js";
import { ownTime, rowsOf } from "../../frontend/waterfall/rows.js";
import { axisStep, moved, Scale, zoomed } from "../../frontend/waterfall/scale.js";
import { titleOf, viewSaid } from "../../frontend/waterfall/words.js";
import { TraceModel } from "../../frontend/model/trace.js";
import { browserEvents, load, modelOf, NAMES, readTrace, repeatingTrace } from "./traces.mjs";

const SIZE = { width: 900, height: 140 };

for (const name of NAMES) {
  test(`${name}: bars are in true proportion, wide enough to be seen, inside the width`, () => {
    const layout = layoutWaterfall(load(name).model, SIZE);
    const scale = SIZE.width / (layout.to - layout.from);
    for (const bar of layout.bars) {
      assert.ok(bar.width >= 2);
      assert.ok(bar.x >= 0 && bar.x + bar.width <= SIZE.width + 2.01, bar.name);
      const size = (bar.to - bar.from) * scale;
      if (size > 2) assert.ok(Math.abs(size - bar.width) < 1e-6);
    }
  });
}

test("a bar lies below the one in which it happened", () => {
  const { model } = load("product");
  const layout = layoutWaterfall(model, SIZE);
  const bars = new Map(layout.bars.map((bar) => [bar.key, bar]));
  for (const span of model.spans.values()) if (span.parent) assert.ok(bars.get(span.id).y > bars.get(span.parent.id).y);
});

test("the browser's own bar is on top, and begins before the server's clock", () => {
  const trace = readTrace("api");
  const model = modelOf(trace);
  model.addEvents(browserEvents(trace));
  const layout = layoutWaterfall(model, SIZE);
  assert.equal(layout.bars[0].kind, "client");
  assert.equal(layout.from, -2_000_000);
  assert.equal(layout.bars[0].y, 0);
});

test("axis steps are 1, 2 or 5 of a unit", () => {
  assert.equal(axisStep(43_700_000, 9), 5_000_000);
  assert.equal(axisStep(6_000_000, 8), 1_000_000);
  assert.equal(axisStep(90_000, 8), 20_000);
});

test("place and time map to each other, and the innermost bar is found", () => {
  const layout = layoutWaterfall(load("product").model, SIZE);
  assert.ok(Math.abs(timeAtX(layout, xOfTime(layout, 5_000_000)) - 5_000_000) < 1);
  const inner = layout.bars.findLast((bar) => bar.kind === "database");
  assert.equal(barAt(layout, inner.x + inner.width / 2, inner.y + inner.height / 2).key, inner.key);
  assert.equal(barAt(layout, 1, 9999), null);
});

test("nothing to show is not an error", () => {
  assert.deepEqual(layoutWaterfall(new TraceModel(null), SIZE).bars, []);
});

const VIEWS = [{}, { hasLanes: true }, { hasCuts: true }, { hasLanes: true, hasCuts: true }];

for (const name of NAMES) {
  for (const view of VIEWS) {
    test(`${name}, ${JSON.stringify(view)}: no bar lies on another, and each is inside its lane`, () => {
      const { lanes, from, to } = rowsOf(load(name).model, Boolean(view.hasLanes));
      assert.ok(from <= 0 && to > 0);
      for (const row of lanes.flatMap((lane) => lane.rows)) {
        row.slice(1).forEach((bar, index) => assert.ok(row[index].to <= bar.from, `${bar.name} over ${row[index].name}`));
      }
      const layout = layoutWaterfall(load(name).model, SIZE, view);
      for (const bar of layout.bars) {
        assert.ok(bar.width >= 2 && Number.isFinite(bar.x + bar.y));
        const lane = layout.lanes.find(({ top, bottom }) => bar.y >= top && bar.y + bar.height <= bottom);
        assert.ok(lane, bar.name);
        if (view.hasLanes) assert.equal(lane.name, bar.thread);
      }
    });
  }
}

test("own time is what is left of a bar when it waits for nothing inside it", () => {
  const { model } = load("product");
  const { bars } = rowsOf(model, false);
  for (const bar of bars) assert.ok(ownTime(bar) >= 0 && ownTime(bar) <= bar.to - bar.from, bar.name);
  const view = bars.find((bar) => bar.kind === "view");
  const inside = [...model.spans.values()].filter((span) => span.parent?.id === view.key);
  const waited = inside.reduce((sum, span) => sum + span.exit.t_ns - span.enter.t_ns, 0);
  assert.equal(ownTime(view), view.to - view.from - waited);
  assert.match(titleOf(view), / its own, .+ waiting$/);
});

test("the parts in which a bar works are inside it, in order, and add up to its own time", () => {
  const layout = layoutWaterfall(load("product").model, { width: 900_000, height: 140 });
  for (const bar of layout.bars.filter(({ width, waits }) => width > 100 && waits.length)) {
    const sum = bar.own.reduce((total, [, width]) => total + width, 0);
    assert.ok(Math.abs(sum - ownTime(bar) * layout.scale.perNs) < 3 + bar.waits.length, bar.name);
    bar.own.forEach(([x, width], index) => assert.ok(x >= (bar.own[index - 1]?.[0] ?? bar.x) && x + width <= bar.x + bar.width + 1e-6));
  }
});

test("awaits gathered lie side by side, and what each ran lies below it", () => {
  const { bars } = layoutWaterfall(load("gather").model, { width: 900, height: 400 });
  const awaits = bars.filter((bar) => bar.kind === "hop");
  assert.equal(awaits.length, 3);
  assert.equal(new Set(awaits.map((bar) => bar.y)).size, 3);
  const queries = bars.filter((bar) => bar.kind === "database" && bar.from > awaits[0].from && bar.from < awaits[0].to);
  assert.ok(queries.length && queries.every((bar) => bar.y > Math.max(...awaits.map(({ y }) => y))));
});

test("lanes: one for each thread, with the leaps from where a call was awaited to where it ran, and back", () => {
  const { model } = load("product");
  const { lanes, leaps, strips } = layoutWaterfall(model, SIZE, { hasLanes: true });
  assert.deepEqual(lanes.map((lane) => lane.name), ["MainThread", "ThreadPoolExecutor-1_0"]);
  const hops = model.events.filter((event) => event.kind === "hop");
  assert.equal(strips.length, hops.length);
  assert.equal(leaps.length, 2 * hops.length);
  for (const { x, toX } of leaps) assert.ok(Number.isFinite(x) && Number.isFinite(toX));
});

test("a stretch without an event is cut out, said, and not one in which the database works", () => {
  const trace = readTrace("product");
  const late = 500_000_000;
  const query = trace.events.find((event) => event.kind === "database" && event.phase === "exit");
  const shift = (from) => ({ ...trace, duration_ns: trace.duration_ns + late, events: trace.events.map((event) => (event.seq >= from ? { ...event, t_ns: event.t_ns + late } : event)) });
  const cutsOf = (from) => layoutWaterfall(modelOf(shift(from)), SIZE, { hasCuts: true });
  const view = trace.events.find((event) => event.kind === "view" && event.phase === "enter");
  const next = trace.events.find((event) => event.seq > view.seq);
  const cut = cutsOf(next.seq);
  assert.equal(cut.cuts.length, 1);
  assert.match(viewSaid(cut, true), /^50\d ms without an event cut out$/);
  assert.ok(cut.cuts[0].width < 30);
  assert.deepEqual(cutsOf(query.seq).cuts, []);
});

test("time and place map to each other across cuts", () => {
  const scale = new Scale({ from: 0, to: 1000 }, 500, [{ from: 100, to: 600 }, { from: 700, to: 900 }]);
  for (const t of [0, 50, 100, 350, 600, 650, 700, 800, 900, 1000]) assert.ok(Math.abs(scale.timeAt(scale.xOf(t)) - t) < 1e-6, String(t));
  assert.ok(Math.abs(scale.xOf(1000) - 500) < 1e-6);
});

test("zooming keeps the moment under the pointer, and no window leaves the whole", () => {
  const whole = { from: 0, to: 1_000_000 };
  const sight = zoomed(whole, whole, 250_000, 4);
  assert.deepEqual(sight, { from: 187_500, to: 437_500 });
  assert.deepEqual(zoomed(sight, whole, 187_500, 1 / 100), whole);
  assert.deepEqual(moved(sight, whole, 9e9), { from: 750_000, to: 1_000_000 });
  assert.equal(zoomed(sight, whole, 200_000, 1e9).to - zoomed(sight, whole, 200_000, 1e9).from, 1000);
});

test("only what is in sight is laid out: a small part of a trace of 40,000 spans has few bars, each of its own", () => {
  const model = modelOf(repeatingTrace(40_000));
  const all = layoutWaterfall(model, SIZE);
  assert.ok(all.bars.length < 2000);
  const near = layoutWaterfall(model, SIZE, { sight: { from: 100_000_000, to: 101_000_000 } });
  const queries = near.bars.filter((bar) => bar.kind === "database");
  assert.ok(queries.length >= 50 && queries.length <= 52, String(queries.length));
  assert.ok(queries.every((bar) => bar.count === 1));
});
