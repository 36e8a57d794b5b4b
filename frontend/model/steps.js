/** The steps of a trace: where the player stops. One step is one event, exits of what is short being merged into their enter. */

import { placeOf } from "./places.js";
import { labelOf } from "./labels.js";
import { spanDuration } from "./trace.js";

const MERGED = new Set(["resolver", "hook", "database", "permission", "template"]);

/** Whether the player stops at this event. */
export function isStep(event) {
  if (event.kind === "middleware" && event.phase === "point") return false;
  if (event.phase === "exit" && MERGED.has(event.kind)) return false;
  // Most hops are Django's own, one and more a layer: a stop is what a line of the project asked for.
  if (event.kind === "hop") return event.detail.origin?.where !== "unseen";
  return !(event.kind === "server" && event.name === "http.request" && !event.detail.bytes);
}

function rank(event) {
  if (event.stage === "client_request") return 0;
  return event.stage === "client_response" ? 2 : 1;
}

function byTime(a, b) {
  return rank(a) - rank(b) || a.t_ns - b.t_ns || a.seq - b.seq;
}

function ownDuration(model, event) {
  if (MERGED.has(event.kind)) return spanDuration(model.spans.get(event.span));
  if (event.kind === "proxy") return event.detail.queued_ns ?? null;
  if (event.kind !== "middleware") return null;
  const layer = model.layerOf(event);
  if (event.phase === "exit") return event.detail.out_ns ?? null;
  return layer?.passedOn?.detail.in_ns ?? null;
}

function makeStep(model, event, index, next) {
  const gap = next ? Math.max(0, next.t_ns - event.t_ns) : 0;
  return {
    index,
    seq: event.seq,
    event,
    stage: event.stage,
    kind: event.kind,
    tNs: event.t_ns,
    gapNs: gap,
    durationNs: ownDuration(model, event) ?? gap,
    place: placeOf(model, event),
    label: labelOf(model, event),
  };
}

/** All steps known so far, in the order in which they play. */
export function buildSteps(model) {
  const events = model.events.filter(isStep).sort(byTime);
  return events.map((event, index) => makeStep(model, event, index, events[index + 1]));
}

/** Index of the step that shows event `seq`: itself, or the enter that it was merged into; -1 if none. */
export function stepOf(steps, model, seq) {
  const own = steps.findIndex((step) => step.seq === seq);
  if (own >= 0) return own;
  const event = model.events[seq];
  const enter = event && model.spans.get(event.span ?? event.parent)?.enter;
  return enter ? steps.findIndex((step) => step.seq === enter.seq) : -1;
}
