/** The steps of a trace: where the player stops. One step is one event, exits of what is short being merged into their enter. */

import { foldEvents } from "./fold.js";
import { grouped } from "./format.js";
import { placeOf } from "./places.js";
import { labelOf } from "./labels.js";
import { spanDuration } from "./trace.js";

const MERGED = new Set(["resolver", "hook", "database", "cache", "signal", "outbound", "form", "permission", "template"]);

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

/** "SELECT shop_sale · and 1,004 more like it". */
function foldedLabel(label, more) {
  const count = more.reduce((sum, each) => sum + each.count, 0);
  if (!count) return label;
  return `${label} · and ${grouped(count)} more like ${more.length > 1 ? "those before" : "it"}`;
}

function makeStep(model, { event, lastSeq, more }, index, next) {
  const gap = next ? Math.max(0, next.event.t_ns - event.t_ns) : 0;
  return {
    index,
    seq: event.seq,
    lastSeq,
    event,
    stage: event.stage,
    kind: event.kind,
    tNs: event.t_ns,
    gapNs: gap,
    durationNs: more.length ? gap : ownDuration(model, event) ?? gap,
    failed: Boolean(model.spans.get(event.span)?.exit?.detail.error),
    place: placeOf(model, event),
    label: foldedLabel(labelOf(model, event), more),
    more: more.map((each) => ({ ...each, kind: each.event.kind, place: placeOf(model, each.event) })),
  };
}

/** All steps known so far, in the order in which they play. */
export function buildSteps(model) {
  const folded = foldEvents(model, model.events.filter(isStep).sort(byTime));
  return folded.map((each, index) => makeStep(model, each, index, folded[index + 1]));
}

/** Index of the step that shows event `seq`: itself, the enter that it was merged into, or the one that it was folded into; -1 if none. */
export function stepOf(steps, model, seq) {
  const own = steps.findIndex((step) => step.seq === seq);
  if (own >= 0) return own;
  const event = model.events[seq];
  const enter = event && model.spans.get(event.span ?? event.parent)?.enter;
  const merged = enter ? steps.findIndex((step) => step.seq === enter.seq) : -1;
  return merged >= 0 ? merged : steps.findIndex((step) => step.seq <= seq && seq <= step.lastSeq);
}
