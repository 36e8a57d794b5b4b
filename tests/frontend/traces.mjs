/** Real traces for the tests, written by `python -m tests.frontend.record`, and small ones made by hand. */

import { readFileSync } from "node:fs";

import { buildSteps } from "../../frontend/model/steps.js";
import { TraceModel } from "../../frontend/model/trace.js";

export const NAMES = ["product", "list", "unknown", "slash", "banned", "csrf", "error", "api", "gather", "stream", "cache", "rescued"];

export function readTrace(name) {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8"));
}

export function modelOf(trace) {
  const model = new TraceModel(trace.id);
  model.apply(trace);
  return model;
}

export function load(name) {
  const model = modelOf(readTrace(name));
  return { model, steps: buildSteps(model) };
}

/** A trace through `count` layers of middleware and a view, 10 µs from event to event. */
export function deepTrace(count) {
  const events = [];
  const add = (event) => events.push({ seq: events.length, t_ns: events.length * 10_000, thread: "MainThread", parent: null, span: null, detail: {}, ...event });
  add({ kind: "client", phase: "point", stage: "client_request", name: "GET /" });
  add({ kind: "server", phase: "enter", stage: "server_request", name: "ASGIHandler", span: 1 });
  for (let at = 1; at <= count; at += 1) {
    const name = `project.middleware.RatherLongNamedMiddlewareNumber${at}`;
    add({ kind: "middleware", phase: "enter", stage: "request_middleware", name, span: at + 1, parent: at, detail: { position: at, of: count } });
    add({ kind: "middleware", phase: "point", stage: "request_middleware", name, span: null, parent: at + 1, detail: { moment: "passed_on", in_ns: 5000, changed: [{ op: "add", what: `request.attribute_number_${at}`, value: "1", was: null }] } });
  }
  add({ kind: "view", phase: "enter", stage: "view", name: "project.views.index", span: count + 2, parent: count + 1 });
  add({ kind: "view", phase: "exit", stage: "view", name: "project.views.index", span: count + 2, parent: count + 1 });
  add({ kind: "response", phase: "point", stage: "response", name: "HttpResponse", parent: count + 1, detail: { status: 200 } });
  for (let at = count; at >= 1; at -= 1) {
    add({ kind: "middleware", phase: "exit", stage: "response_middleware", name: `project.middleware.RatherLongNamedMiddlewareNumber${at}`, span: at + 1, parent: at, detail: { result: "passed", out_ns: 4000 } });
  }
  add({ kind: "server", phase: "exit", stage: "server_response", name: "ASGIHandler", span: 1 });
  return { id: "deep", request: { method: "GET", path: "/", headers: [] }, response: { status: 200 }, process: {}, outcome: { kind: "completed", by: "project.views.index" }, duration_ns: events.length * 10_000, omitted: {}, events };
}

/** The same trace, come through a proxy. */
export function behindProxy(trace, detail = {}) {
  const facts = { hops: ["edge"], for: ["203.0.113.9"], queued_ns: 3_000_000, ...detail };
  const event = { kind: "proxy", phase: "point", stage: "server_request", name: "proxy", span: null, parent: null, thread: "", t_ns: 0, detail: facts };
  const [client, ...rest] = trace.events;
  return { ...trace, events: [client, event, ...rest].map((each, seq) => ({ ...each, seq })) };
}

/** The two events that the browser's report adds to a trace. */
export function browserEvents(trace) {
  const seq = trace.events.length;
  const common = { kind: "client", phase: "point", name: "browser", span: null, parent: null, thread: "" };
  return [
    { ...common, seq, t_ns: -2_000_000, stage: "client_request", detail: { queued_ns: 1, connect_ns: 0, clock: "shared" } },
    { ...common, seq: seq + 1, t_ns: trace.duration_ns - 1000, stage: "client_response", detail: { total_ns: trace.duration_ns + 3_000_000, subrequests: [] } },
  ];
}

/** A trace whose view asks `count` times from one line, a permission after every `each` queries, 10 µs from event to event. */
export function repeatingTrace(count, each = Infinity) {
  const events = [];
  const add = (event) => events.push({ seq: events.length, t_ns: events.length * 10_000, thread: "MainThread", parent: null, span: null, detail: {}, ...event });
  const span = (kind, name, number, detail) => {
    add({ kind, phase: "enter", stage: "view", name, span: number, parent: 2, detail });
    add({ kind, phase: "exit", stage: "view", name, span: number, parent: 2, detail: {} });
  };
  add({ kind: "client", phase: "point", stage: "client_request", name: "GET /" });
  add({ kind: "server", phase: "enter", stage: "server_request", name: "ASGIHandler", span: 1 });
  add({ kind: "view", phase: "enter", stage: "view", name: "project.views.index", span: 2, parent: 1 });
  const origin = { where: "python", file: "views.py", line: 7, function: "index" };
  for (let at = 1; at <= count; at += 1) {
    span("database", "default", 2 * at + 1, { vendor: "sqlite", sql: `SELECT name FROM shop WHERE id = ${at}`, origin });
    if (at % each === 0) span("permission", "shop.view", 2 * at + 2, {});
  }
  add({ kind: "view", phase: "exit", stage: "view", name: "project.views.index", span: 2, parent: 1 });
  add({ kind: "server", phase: "exit", stage: "server_response", name: "ASGIHandler", span: 1 });
  const outcome = { kind: "completed", by: "project.views.index", view_ran: true };
  return { id: "repeating", request: { method: "GET", path: "/", query_string: "", headers: [] }, response: { status: 200 }, outcome, duration_ns: events.at(-1).t_ns, omitted: {}, process: { interface: "asgi" }, events };
}
