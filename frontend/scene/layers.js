/** Geometry of the proxy, the server and the layers of middleware: cups inside each other, each with its name, times and changes. */

import { changeChoices, changesInFull } from "../model/changes.js";
import { bytes, duration, plural, shortName } from "../model/format.js";
import { group, rect, text } from "./parts.js";
import { firstFitting, fit, textWidth } from "./text.js";

/** Of the invitation to send a first request, which lies over the middle: css/scene.css. */
const INVITE_WIDTH = 360;
const TIME_WIDTH = 54;
const GAP = 12;
const SMALL = 10.5;
const SLOW_SHARE = 0.25;
/** More layers than this each tint what is inside them less: all tints lie on each other. */
const MANY = 16;

/** From the lane to what is written beside it: the token has room there. */
function beside({ isNarrow }) {
  return isNarrow ? 14 : 19;
}

function cup(frame, depth, top, height) {
  const x = frame.x0 + depth * frame.inset;
  const bottom = frame.cupsEnd - depth * frame.cupStep;
  const box = { x, y: top, width: frame.x1 - frame.x0 - 2 * depth * frame.inset, height: bottom - top, rx: 10 };
  return { box, strip: { ...box, height } };
}

function baseline(top, height, size) {
  return top + height / 2 + size * 0.36;
}

/** One row's way in or way out: the time next to the lane, then what changed, as far as there is room before the name. */
function wayParts(key, frame, row, { ns, changes, from, isOut, note, total }) {
  const sign = isOut ? -1 : 1;
  const anchor = isOut ? "end" : "start";
  const x = (isOut ? frame.laneOut : frame.laneIn) + sign * beside(frame);
  const room = frame.middle - row.nameWidth / 2 - GAP - (frame.laneIn + beside(frame));
  const time = duration(ns);
  const isSlow = ns > 1e6 && ns > total * SLOW_SHARE;
  const hasBoth = room > TIME_WIDTH + 24;
  const said = note ? fit(note, room - TIME_WIDTH, SMALL, "mono") : firstFitting(changeChoices(changes), hasBoth ? room - TIME_WIDTH : 0, SMALL);
  const cls = note ? "loud mono" : "change mono";
  return [
    text(`${key}:time`, `time mono${isSlow ? " slow" : ""}`, x, baseline(row.top, row.height, SMALL), room > 36 ? time : "", { anchor, from }),
    text(`${key}:said`, cls, x + sign * TIME_WIDTH, baseline(row.top, row.height, SMALL), said, { anchor, from, title: note ?? changesInFull(changes ?? []) }),
  ];
}

/** Before any request there is nothing to name: only what the layers are for. */
function restParts(frame, { top, height }) {
  const y = baseline(top, height, SMALL);
  if (frame.isNarrow) return [];
  const room = frame.middle - INVITE_WIDTH / 2 - GAP - frame.laneIn - beside(frame);
  return [
    text("rest:in", "quiet", frame.laneIn + beside(frame), y, firstFitting(["middleware, on the way in", "on the way in", "way in"], room, SMALL, "sans")),
    text("rest:out", "quiet", frame.laneOut - beside(frame), y, firstFitting(["and on the way out", "and out", "out"], room, SMALL, "sans"), { anchor: "end" }),
  ];
}

function noteOf(layer) {
  const detail = layer?.exit?.detail;
  if (!detail) return null;
  if (detail.result === "answered") return `answered ${detail.status ?? ""}`.trim();
  if (detail.result === "raised") return `✕ ${shortName(detail.error?.type ?? "raised")}`;
  return detail.result === "replaced" ? `replaced it: ${detail.status ?? ""}` : null;
}

function stepsOfLayer(steps, index) {
  const own = steps.filter((step) => step.kind === "middleware" && step.place.index === index);
  return { enter: own.find((step) => step.event.phase === "enter"), exit: own.find((step) => step.event.phase === "exit") };
}

function layerLabel(layer, name, index, count) {
  if (!layer) return `${name}, layer ${index + 1} of ${count}, not reached`;
  const times = [layer.passedOn?.detail.in_ns, layer.exit?.detail.out_ns].map(duration);
  return `${name}, layer ${index + 1} of ${count}${times[0] ? `, ${times[0]} in` : ""}${times[1] ? `, ${times[1]} out` : ""}`;
}

/** The group of layer `index` of `scene` {model, steps, frame, isSettled}. */
export function layerGroup({ model, steps, frame, isSettled, isAtRest }, index) {
  const layer = model.layers[index] ?? null;
  const { top, height } = frame.rows[index];
  const { box, strip } = cup(frame, index + 1, top, height);
  const size = Math.min(frame.nameSize, height * 0.68);
  const full = model.layerName(index) ?? (isAtRest ? "" : `layer ${index + 1} of ${frame.rows.length}`);
  const name = fit(full, frame.laneOut - frame.laneIn - 40, size);
  const row = { top, height, nameWidth: textWidth(name, size) };
  const dark = !layer && isSettled;
  const { enter, exit } = stepsOfLayer(steps, index);
  const total = model.head.duration_ns ?? Infinity;
  const key = `layer:${index}`;
  const ways = layer
    ? [
        ...wayParts(`${key}:in`, frame, row, { ns: layer.passedOn?.detail.in_ns, changes: layer.passedOn?.detail.changed, from: enter?.index ?? 0, isOut: false, total }),
        ...wayParts(`${key}:out`, frame, row, { ns: layer.exit?.detail.out_ns, changes: layer.exit?.detail.changed, from: exit?.index ?? 0, isOut: true, note: noteOf(layer), total }),
      ]
    : [];
  const parts = [
    rect(`${key}:cup`, frame.rows.length > MANY ? "cup thin" : "cup", box),
    rect(`${key}:strip`, "strip", strip),
    text(`${key}:name`, "name", frame.middle, baseline(top, height, size), name, { anchor: "middle", title: layer?.path ?? full }),
    ...ways,
    ...(isAtRest && index === 0 ? restParts(frame, frame.rows[index]) : []),
    dark && row.nameWidth < frame.laneOut - frame.laneIn - 200
      ? text(`${key}:dark`, "quiet", frame.laneOut - beside(frame), baseline(top, height, SMALL), "not reached", { anchor: "end" })
      : null,
  ];
  return group(key, "layer", { label: layerLabel(layer, full, index, frame.rows.length), first: enter?.index ?? null, last: exit?.index ?? Infinity, dark, parts });
}

function proxyName(model) {
  return model.proxy.detail.hops?.join(", ") || "Proxy";
}

/** How long the request waited there; why that is not known is for the inspector. */
function queueChoices({ queued_ns: queued }) {
  if (queued === null || queued === undefined) return ["queue time not known", "queue ?"];
  return [`queued ${duration(queued)}`, duration(queued)];
}

/** A strip of its own above the server: what is inside Django is not inside the proxy. */
export function proxyGroup({ model, steps, frame }) {
  const { proxyTop: top, proxy: height } = frame;
  const step = steps.find((each) => each.place.area === "proxy");
  const name = fit(proxyName(model), frame.laneOut - frame.laneIn - 40, frame.nameSize);
  // The name is bold, and wider, while the server is lit.
  const room = frame.middle - textWidth(name, frame.nameSize) * 0.55 - GAP - frame.laneIn - beside(frame);
  const choices = queueChoices(model.proxy.detail);
  const asked = model.proxy.detail.for?.[0] ?? "";
  const y = baseline(top, height, frame.nameSize);
  const parts = [
    rect("proxy:strip", "strip", { x: frame.x0, y: top, width: frame.x1 - frame.x0, height, rx: height / 2 }),
    text("proxy:name", "name", frame.middle, y, name, { anchor: "middle" }),
    text("proxy:queued", "change mono", frame.laneIn + beside(frame), y, firstFitting(choices, room, SMALL), { from: step?.index ?? 0, title: choices[0] }),
    text("proxy:asked", "change mono", frame.laneOut - beside(frame), y, firstFitting([`for ${asked}`, asked], asked ? room : 0, SMALL), { anchor: "end", from: step?.index ?? 0, title: asked }),
  ];
  return group("proxy", "proxy", { label: `${proxyName(model)}, ${choices[0]}`, first: step?.index ?? null, last: Infinity, parts });
}

function serverName(model) {
  const { server, interface: kind } = model.head.process;
  const handler = model.server?.enter.name ?? "";
  const software = server ?? kind?.toUpperCase() ?? "";
  return ["Server", [software, handler].filter(Boolean).join(" → ")].filter(Boolean).join(" · ");
}

function serverNotes(model) {
  const enter = model.server?.enter.detail ?? {};
  const exit = model.server?.exit?.detail ?? {};
  const version = enter.http_version ? `HTTP/${enter.http_version}` : "";
  const headers = model.head.request?.headers?.length;
  const unused = enter.unused?.length ? `${enter.unused.length} left out` : "";
  const came = [version, headers ? plural(headers, "header") : "", unused].filter(Boolean).join(" · ");
  const left = [bytes(exit.body_bytes), exit.chunks ? plural(exit.chunks, "chunk") : ""].filter(Boolean).join(" · ");
  return { came, left };
}

/** The outermost cup: the server and Django's handler in it. */
export function serverGroup({ model, steps, frame }) {
  const { box, strip } = cup(frame, 0, frame.serverTop, frame.server);
  const own = steps.filter((step) => step.place.area === "server");
  const whole = serverName(model);
  const nameRoom = frame.laneOut - frame.laneIn - 40;
  const name = firstFitting([whole, whole.split(" → ")[0]], nameRoom, frame.nameSize * 1.05, "sans") || fit(whole, nameRoom, frame.nameSize);
  const y = baseline(frame.serverTop, frame.server, frame.nameSize);
  // The name is bold, and wider, while the server is lit.
  const room = frame.middle - textWidth(name, frame.nameSize) * 0.55 - GAP - frame.laneIn - beside(frame);
  const { came, left } = serverNotes(model);
  const out = own.findLast((step) => step.place.side === "out");
  const parts = [
    rect("server:cup", "cup", { ...box, rx: 12 }),
    rect("server:strip", "strip", { ...strip, rx: 12 }),
    text("server:name", "name", frame.middle, y, name, { anchor: "middle" }),
    text("server:came", "change mono", frame.laneIn + beside(frame), y, firstFitting([came, came.split(" · ")[0]], room, SMALL), { from: own[0]?.index ?? 0, title: came }),
    text("server:left", "change mono", frame.laneOut - beside(frame), y, firstFitting([left, left.split(" · ")[0]], room, SMALL), { anchor: "end", from: out?.index ?? 0, title: left }),
  ];
  return group("server", "server", { label: whole, first: own[0]?.index ?? null, last: out?.index ?? Infinity, parts });
}
