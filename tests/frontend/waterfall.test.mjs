import assert from "node:assert/strict";
import { test } from "node:test";

import { axisStep, barAt, layoutWaterfall, timeAtX, xOfTime } from "../../frontend/waterfall/layout.js";
import { TraceModel } from "../../frontend/model/trace.js";
import { browserEvents, load, modelOf, NAMES, readTrace } from "./traces.mjs";

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
