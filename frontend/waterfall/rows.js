/** Which bar lies in which row: below the one that it happened in, or in the lane of its thread; what overlaps gets a row of its own. No DOM. */

import { callsOf } from "../model/calls.js";

const known = new WeakMap();

function isFailed({ exit }) {
  return Boolean(exit?.detail.error || exit?.detail.result === "raised");
}

function barOf(span, now) {
  const { id, kind, name, enter, exit, depth } = span;
  return { key: id, kind, name, thread: enter.thread, seq: enter.seq, lastSeq: enter.seq, count: 1, depth: depth + 1, from: enter.t_ns, to: exit?.t_ns ?? now, isOpen: !exit, failed: isFailed(span), waits: [] };
}

/** What one line waited for together with others, as a bar of its own. */
function barOfCall(call, parent) {
  return { key: `call ${call.seq}`, kind: "hop", name: call.name, thread: call.thread, seq: call.seq, lastSeq: call.seq, count: 1, depth: (parent?.depth ?? 0) + 1, from: call.begin, to: call.back, isOpen: false, failed: false, waits: [[call.begin, call.start], [call.end, call.back]], run: call };
}

function browserBar(model) {
  const { request, response } = model.browser;
  if (!request || !response) return [];
  const from = request.t_ns;
  const to = Math.max(from + (response.detail.total_ns ?? 0), response.t_ns);
  return [{ key: "browser", kind: "client", name: "browser", thread: "browser", seq: request.seq, lastSeq: request.seq, count: 1, depth: 0, from, to, isOpen: false, failed: false, waits: [], clock: request.detail.clock }];
}

/** Bars of all spans, each with the stretches in which it waited: for what is inside it, or for another thread. */
function barsOf(model, now, hasLanes) {
  const bars = new Map();
  for (const span of model.spans.values()) {
    const bar = barOf(span, now);
    bars.set(span.id, bar);
    if (span.parent) bars.get(span.parent.id)?.waits.push([bar.from, bar.to]);
  }
  const calls = [];
  for (const call of callsOf(model)) {
    const parent = bars.get(call.parent);
    parent?.waits.push(...(hasLanes ? [[call.begin, call.back]] : [[call.begin, call.start], [call.end, call.back]]));
    if (call.atOnce > 1) calls.push(barOfCall(call, parent));
  }
  moveInside(calls, bars);
  for (const bar of bars.values()) bar.waits = merged(bar.waits);
  return [...browserBar(model), ...bars.values(), ...calls];
}

/** What ran within one of several calls lies below that call's bar. */
function moveInside(calls, bars) {
  if (!calls.length) return;
  for (const bar of bars.values()) {
    const around = calls.find(({ run }) => run.to === bar.thread && bar.from >= run.start && bar.from <= run.end);
    if (around) bar.depth = Math.max(bar.depth, around.depth + 1);
  }
}

/** The stretches of `waits`, in order and without overlap. */
export function merged(waits) {
  const sorted = [...waits].sort((a, b) => a[0] - b[0]);
  const whole = [];
  for (const [from, to] of sorted) {
    const last = whole.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else whole.push([from, to]);
  }
  return whole;
}

/** Time of a bar in which it did not wait, in ns. */
export function ownTime({ from, to, waits }) {
  return waits.reduce((left, [a, b]) => left - Math.max(0, Math.min(b, to) - Math.max(a, from)), to - from);
}

/** Splits bars that overlap into as many rows as they need; in each row they follow each other. */
function intoRows(bars) {
  const rows = [];
  for (const bar of [...bars].sort((a, b) => a.from - b.from)) {
    const row = rows.find((each) => each.at(-1).to <= bar.from);
    if (row) row.push(bar);
    else rows.push([bar]);
  }
  return rows;
}

function byDepth(bars) {
  const depths = new Map();
  for (const bar of bars) (depths.get(bar.depth) ?? depths.set(bar.depth, []).get(bar.depth)).push(bar);
  return [...depths].sort(([a], [b]) => a - b).flatMap(([, own]) => intoRows(own));
}

/** The lanes: all in one, or the browser's and one a thread in the order in which they come; each {name, rows, calls}. */
function lanesOf(model, bars, hasLanes) {
  if (!hasLanes) return [{ name: null, rows: byDepth(bars), calls: [] }];
  const threads = new Map();
  for (const bar of bars) (threads.get(bar.thread) ?? threads.set(bar.thread, []).get(bar.thread)).push(bar);
  const calls = callsOf(model);
  for (const { to } of calls) if (!threads.has(to)) threads.set(to, []);
  return [...threads].map(([name, own]) => ({ name, rows: byDepth(own), calls: calls.filter(({ to }) => to === name) }));
}

function lastMoment(model) {
  return model.events.reduce((max, event) => Math.max(max, event.t_ns), 0);
}

function build(model, hasLanes) {
  const last = lastMoment(model);
  const bars = barsOf(model, model.head.duration_ns ?? last, hasLanes);
  const from = bars.reduce((min, bar) => Math.min(min, bar.from), 0);
  const to = bars.reduce((max, bar) => Math.max(max, bar.to), Math.max(from + 1, last));
  return { bars, lanes: bars.length ? lanesOf(model, bars, hasLanes) : [], from, to };
}

/** {bars, lanes, from, to} of all that is known of `model`; worked out once for each state of it. */
export function rowsOf(model, hasLanes) {
  const kept = known.get(model);
  if (kept?.version === model.version && kept.hasLanes === hasLanes) return kept.built;
  const built = build(model, hasLanes);
  known.set(model, { version: model.version, hasLanes, built });
  return built;
}
