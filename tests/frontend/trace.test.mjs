import assert from "node:assert/strict";
import { test } from "node:test";

import { turnedAt } from "../../frontend/model/verdict.js";
import { TraceModel } from "../../frontend/model/trace.js";
import { load, modelOf, NAMES, readTrace } from "./traces.mjs";

test("events may come in any order and twice; the model is the same", () => {
  const trace = readTrace("product");
  const { events, ...head } = trace;
  const model = new TraceModel(trace.id);
  model.apply(head);
  const mixed = [...events].sort((a, b) => ((a.seq * 37) % 101) - ((b.seq * 37) % 101));
  model.addEvents(mixed);
  assert.equal(model.addEvents(mixed), 0);
  assert.deepEqual(model.events, events);
  assert.deepEqual(model.layers.map((layer) => layer.name), modelOf(trace).layers.map((layer) => layer.name));
  assert.equal(model.gap, null);
});

test("a gap is known and nothing after it is shown until it is filled", () => {
  const { events } = readTrace("api");
  const model = new TraceModel("gap");
  model.addEvents([...events.slice(0, 5), ...events.slice(9, 12)]);
  assert.deepEqual(model.gap, [5, 8]);
  assert.equal(model.events.length, 5);
  model.addEvents(events.slice(5, 9));
  assert.equal(model.gap, null);
  assert.equal(model.events.length, 12);
});

test("a head without an outcome does not take away the one that is known", () => {
  const model = modelOf(readTrace("banned"));
  model.apply({ duration_ns: 1 });
  assert.equal(model.head.outcome.kind, "stopped");
});

for (const name of NAMES) {
  test(`${name}: every span that was entered is closed and knows what it is in`, () => {
    const { model } = load(name);
    for (const span of model.spans.values()) {
      assert.ok(span.exit, `${span.kind} ${span.name}`);
      if (span.parent) assert.ok(model.spans.get(span.enter.parent) === span.parent && span.parent.enter.seq < span.enter.seq);
    }
  });
}

test("layers are in order of position and carry both ways", () => {
  const { model } = load("product");
  assert.equal(model.layers.length, 13);
  assert.equal(model.layerCount, 13);
  for (const layer of model.layers) {
    assert.ok(layer.passedOn.detail.in_ns >= 0);
    assert.ok(layer.exit.detail.out_ns >= 0);
  }
  assert.equal(model.layers[0].name, "SecurityMiddleware");
});

test("a request that a middleware answered turned round at that layer", () => {
  const { model } = load("banned");
  assert.equal(model.layers[turnedAt(model)].name, "BannedUserMiddleware");
  assert.equal(model.view, null);
  assert.equal(turnedAt(load("csrf").model), null);
  assert.equal(turnedAt(load("product").model), null);
});
