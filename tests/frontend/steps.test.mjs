import assert from "node:assert/strict";
import { test } from "node:test";

import { labelOf } from "../../frontend/model/labels.js";
import { buildSteps, isStep, stepOf } from "../../frontend/model/steps.js";
import { TraceModel } from "../../frontend/model/trace.js";
import { behindProxy, browserEvents, load, modelOf, NAMES, readTrace } from "./traces.mjs";

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

test("a hop is a step where a line of the project asked for it, and says what runs where", () => {
  const hop = (where) => ({ kind: "hop", phase: "point", name: "sync_to_async", detail: { origin: { where }, function: "a.b.Banned.refuse", to: "Pool_0" } });
  assert.equal(isStep(hop("unseen")), false);
  assert.equal(isStep(hop("python")), true);
  assert.equal(isStep(hop("template")), true);
  assert.equal(labelOf({ sent: null }, hop("python")), "refuse runs in Pool_0");
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

test("a proxy is a step that stays as long as the request waited there", () => {
  const stepOfProxy = (detail) => buildSteps(modelOf(behindProxy(readTrace("api"), detail))).find((step) => step.kind === "proxy");
  const step = stepOfProxy({});
  assert.deepEqual([step.index, step.label, step.durationNs], [1, "edge hands it on, queued 3 ms", 3_000_000]);
  assert.deepEqual(step.place, { area: "proxy", side: "in" });
  const unknown = stepOfProxy({ hops: [], queued_ns: null });
  assert.deepEqual([unknown.label, unknown.durationNs], ["A proxy hands it on", unknown.gapNs]);
});

function withQueryAfter(point, process) {
  const trace = readTrace("api");
  const base = { span: null, parent: 1, thread: "", t_ns: trace.duration_ns, stage: "server_response", phase: "point" };
  const query = { ...base, kind: "database", name: "default", phase: "enter", span: 999, detail: { sql: "SELECT 1" } };
  const before = trace.events.filter((event) => event.kind !== "server" || event.phase !== "point");
  const events = [...before, { ...base, kind: "server", ...point }, query].map((event, seq) => ({ ...event, seq }));
  return buildSteps(modelOf({ ...trace, process, events })).find((step) => step.event.span === 999).label;
}

test("what ran after the response was sent says so", () => {
  const last = { name: "http.response.body", detail: { more: false } };
  assert.match(withQueryAfter(last, { interface: "asgi" }), /^SELECT · after the response was sent$/);
  assert.match(withQueryAfter({ name: "close", detail: { early: false } }, { interface: "wsgi" }), /after the response was sent$/);
  assert.doesNotMatch(withQueryAfter({ name: "close", detail: { early: true } }, { interface: "wsgi" }), /after the response/);
  assert.doesNotMatch(withQueryAfter({ name: "http.response.body", detail: { more: true } }, { interface: "asgi" }), /after the response/);
  assert.doesNotMatch(withQueryAfter(last, { interface: "test" }), /after the response/);
});

test("the request's body is read where the application asks for it", () => {
  const trace = readTrace("api");
  const view = trace.events.find((event) => event.kind === "view" && event.phase === "enter");
  const read = { kind: "server", phase: "point", stage: "view", name: "wsgi.input", span: null, parent: view.span, thread: "", t_ns: view.t_ns, detail: { bytes: 9 } };
  const steps = buildSteps(modelOf({ ...trace, events: [...trace.events, { ...read, seq: trace.events.length }] }));
  const step = steps.find((each) => each.event.name === "wsgi.input");
  assert.deepEqual([step.label, step.place], ["Request body read · 9 B", { area: "view" }]);
});

test("that the exchange is over is told on the way out: nothing goes back to the way in", () => {
  const trace = readTrace("product");
  const sent = trace.events.findIndex((event) => event.name === "http.response.body" && !event.detail.more);
  const over = { ...trace.events[sent], name: "http.disconnect", stage: "server_request", detail: {} };
  const events = [...trace.events.slice(0, sent + 1), over, ...trace.events.slice(sent + 1)].map((event, seq) => ({ ...event, seq }));
  const steps = buildSteps(modelOf({ ...trace, events }));
  assert.deepEqual(steps.find((step) => step.event.name === "http.disconnect").place, { area: "server", side: "out" });
});
