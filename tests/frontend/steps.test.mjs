import assert from "node:assert/strict";
import { test } from "node:test";

import { buildSteps, isStep, stepOf } from "../../frontend/model/steps.js";
import { TraceModel } from "../../frontend/model/trace.js";
import { browserEvents, load, modelOf, NAMES, readTrace } from "./traces.mjs";

for (const name of NAMES) {
  test(`${name}: steps follow time and leave out what is merged`, () => {
    const { steps } = load(name);
    steps.forEach((step, index) => {
      assert.equal(step.index, index);
      assert.ok(isStep(step.event));
      assert.ok(step.label && !step.label.includes("undefined"), step.label);
      if (index && step.stage !== "client_response") assert.ok(step.tNs >= steps[index - 1].tNs);
      assert.ok(step.durationNs >= 0 && step.gapNs >= 0);
    });
  });
}

test("points of a middleware, exits of short things and empty request bodies are no steps", () => {
  const event = (kind, phase, more = {}) => ({ kind, phase, name: "x", detail: {}, ...more });
  assert.equal(isStep(event("middleware", "point")), false);
  assert.equal(isStep(event("middleware", "exit")), true);
  for (const kind of ["resolver", "hook", "database", "cache", "signal", "outbound", "form", "permission", "template"]) {
    assert.equal(isStep(event(kind, "enter")), true);
    assert.equal(isStep(event(kind, "exit")), false);
  }
  assert.equal(isStep(event("server", "point", { name: "http.request", detail: { bytes: 0 } })), false);
  assert.equal(isStep(event("server", "point", { name: "http.request", detail: { bytes: 9 } })), true);
  assert.equal(isStep(event("view", "exit")), true);
});

test("what the browser reports afterwards comes first and last", () => {
  const trace = readTrace("api");
  const model = modelOf(trace);
  model.addEvents(browserEvents(trace));
  const steps = buildSteps(model);
  assert.deepEqual(steps.slice(0, 2).map((step) => step.event.name).sort(), ["GET /api/products/1/", "browser"]);
  assert.equal(steps.at(-1).stage, "client_response");
});

test("steps are the same whether the trace came whole or event by event", () => {
  const trace = readTrace("error");
  const model = new TraceModel(trace.id);
  for (const event of trace.events) model.addEvents([event]);
  const bare = (steps) => steps.map(({ seq, label, place }) => ({ seq, label, place }));
  assert.deepEqual(bare(buildSteps(model)), bare(load("error").steps));
});

test("an exit leads to the step of its enter", () => {
  const { model, steps } = load("product");
  const exit = model.events.find((event) => event.kind === "database" && event.phase === "exit");
  const step = steps[stepOf(steps, model, exit.seq)];
  assert.equal(step.kind, "database");
  assert.equal(step.event.span, exit.span);
});

test("what a middleware did for its own answer is at that layer, not in the core", () => {
  const { model, steps } = load("banned");
  const inner = steps.filter((step) => ["template", "database"].includes(step.kind));
  assert.ok(inner.length > 3);
  for (const step of inner) {
    assert.equal(step.place.area, "layer");
    assert.equal(model.layers[step.place.index].name, "BannedUserMiddleware");
  }
});

test("queries know whether view, template or a layer asked", () => {
  const { steps } = load("product");
  const areas = new Set(steps.filter((step) => step.kind === "database").map((step) => step.place.area));
  assert.deepEqual([...areas].sort(), ["layer", "template", "view"]);
});
