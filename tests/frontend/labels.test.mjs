import assert from "node:assert/strict";
import { test } from "node:test";

import { buildSteps } from "../../frontend/model/steps.js";
import { modelOf, readTrace } from "./traces.mjs";

/** A trace of a view in which one thing happens, and the step of that thing. */
function stepOf(kind, name, detail, left) {
  const trace = readTrace("api");
  const view = trace.events.find((event) => event.kind === "view" && event.phase === "enter");
  const common = { parent: view.span, stage: "view", kind, name, thread: "MainThread" };
  const events = trace.events.filter((event) => event.seq <= view.seq);
  const t = view.t_ns;
  if (left === undefined) events.push({ ...common, seq: view.seq + 1, t_ns: t + 1, span: null, phase: "point", detail });
  else {
    events.push({ ...common, seq: view.seq + 1, t_ns: t + 1, span: 900, phase: "enter", detail });
    events.push({ ...common, seq: view.seq + 2, t_ns: t + 9, span: 900, phase: "exit", detail: left });
  }
  return buildSteps(modelOf({ ...trace, events })).findLast((step) => step.kind === kind);
}

const CASES = [
  ["cache", "get", { key: "product:7", keys: null }, { hit: true }, "Cache: get product:7 ✓ hit"],
  ["cache", "get", { key: "product:7", keys: null }, { hit: false }, "Cache: get product:7 ✗ miss"],
  ["cache", "get_many", { key: null, keys: 3 }, { hits: 2 }, "Cache: get_many 3 keys, 2 found"],
  ["cache", "clear", { key: null, keys: null }, {}, "Cache: clear"],
  ["signal", "order_placed", { count: 2 }, { receivers: [] }, "Signal: order_placed, 2 receivers"],
  ["outbound", "GET rates.example", {}, { status: 200 }, "Asks GET rates.example → 200"],
  ["outbound", "GET rates.example", {}, { status: null, error: { type: "ConnectError" } }, "Asks GET rates.example → ConnectError"],
  ["message", "success", { kept: true }, undefined, "Message (success)"],
  ["message", "debug", { kept: false }, undefined, "Message (debug), not kept"],
  ["form", "shop.forms.CheckoutForm", {}, { valid: false }, "Checks CheckoutForm ✗ not valid"],
];

for (const [kind, name, detail, left, label] of CASES) {
  test(`a step in the view is called "${label}" and stands there`, () => {
    const step = stepOf(kind, name, detail, left);
    assert.equal(step.label, label);
    assert.equal(step.place.area, "view");
    if (left !== undefined) assert.equal(step.durationNs, 8);
  });
}
