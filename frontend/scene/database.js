/** Geometry of the database under the core, and of the connections of the queries to it. */

import { duration, grouped, plural, shortName } from "../model/format.js";
import { spanDuration } from "../model/trace.js";
import { group, path, text } from "./parts.js";
import { roundedLine } from "./path.js";
import { CORE, queriesIn, queryLinks } from "./stops.js";
import { firstFitting, fit } from "./text.js";

const VENDORS = { sqlite: "SQLite", postgresql: "PostgreSQL", mysql: "MySQL", oracle: "Oracle" };
const SAMPLES = 14;
const SMALL = 11;

export function databaseBox(frame) {
  const width = frame.isNarrow ? frame.x1 - frame.x0 - 40 : Math.min(260, (frame.x1 - frame.x0) * 0.36);
  return { x: frame.middle - width / 2, y: frame.dbTop, width, height: frame.db };
}

function cylinder({ x, y, width, height }) {
  const lid = 6;
  const side = height - 2 * lid;
  return {
    body: `M${x} ${y + lid}a${width / 2} ${lid} 0 0 1 ${width} 0v${side}a${width / 2} ${lid} 0 0 1 ${-width} 0z`,
    lid: `M${x} ${y + lid}a${width / 2} ${lid} 0 0 0 ${width} 0`,
  };
}

function cubic(a, b) {
  const pull = (b[1] - a[1]) * 0.55;
  const [c, e] = [[a[0], a[1] + pull], [b[0], b[1] - pull]];
  const at = (part, axis) => {
    const rest = 1 - part;
    return rest ** 3 * a[axis] + 3 * rest * rest * part * c[axis] + 3 * rest * part * part * e[axis] + part ** 3 * b[axis];
  };
  const points = Array.from({ length: SAMPLES + 1 }, (_, index) => [at(index / SAMPLES, 0), at(index / SAMPLES, 1)]);
  return { d: `M${a.map((v) => v.toFixed(1)).join(" ")}C${[...c, ...e, ...b].map((v) => v.toFixed(1)).join(" ")}`, points };
}

function aroundTheSide(frame, from, box, isOut) {
  const gutter = isOut ? frame.x1 + (frame.isNarrow ? 7 : 9) : frame.x0 - (frame.isNarrow ? 7 : 9);
  const y = trunkY(box);
  return roundedLine([[from.x, from.y], [gutter, from.y], [gutter, y], [isOut ? box.x + box.width : box.x, y]], 10);
}

/** Height at which the connections from the sides come in. */
function trunkY(box) {
  return box.y + box.height * 0.6;
}

function lineOf(frame, link, from, box, port) {
  const isCore = CORE.includes(link.place.area);
  if (isCore && !frame.isNarrow) return cubic([from.x, from.y], [port, box.y + 3]);
  return aroundTheSide(frame, from, box, isOnTheRight(link));
}

function isOnTheRight({ place }) {
  return place.side === "out" || place.area === "response";
}

/** The connections, each with its line: {key, d, points, count, first, labelAt}. */
export function linkLines(frame, steps, track, box) {
  const links = queryLinks(steps).filter((link) => track.position.has(link.nodeKey));
  const down = links.filter((link) => CORE.includes(link.place.area)).sort((a, b) => nodeOf(track, a).x - nodeOf(track, b).x);
  return links.map((link) => {
    const from = nodeOf(track, link);
    const order = down.indexOf(link);
    const port = box.x + box.width * (0.12 + (0.76 * (order + 0.5)) / Math.max(1, down.length));
    return { ...link, from, ...lineOf(frame, link, from, box, port) };
  });
}

function nodeOf(track, link) {
  return track.nodes[track.position.get(link.nodeKey)];
}

function countLabel(frame, link) {
  if (link.count < 2) return null;
  const isDown = CORE.includes(link.place.area) && !frame.isNarrow;
  const toLeft = !isDown && !isOnTheRight(link);
  const [dx, dy] = isDown ? [6, Math.min(17, frame.dbTop - link.from.y - 5)] : [toLeft ? -11 : 11, -4];
  return text(`${link.key}:count`, "count mono", link.from.x + dx, link.from.y + dy, `×${grouped(link.count)}`, { from: link.first, anchor: toLeft ? "end" : "start" });
}

export function linkGroup(frame, link) {
  const parts = [path(`${link.key}:line`, link.failed ? "link failed" : "link", link.d), countLabel(frame, link)];
  return group(link.key, "link", { first: link.first, last: link.last, parts });
}

function originOf(model, step) {
  const { area, index } = step.place;
  if (area === "layer") return model.layers[index]?.name ?? "a middleware";
  return { view: "the view", template: "the template", resolver: "the resolver", server: "the server" }[area] ?? area;
}

/** Who asked how often, by where its connection comes in: {left, right, below}. */
function breakdown(model, steps) {
  const sides = { left: new Map(), right: new Map(), below: new Map() };
  for (const query of queriesIn(steps)) {
    const side = CORE.includes(query.place.area) ? "below" : isOnTheRight(query) ? "right" : "left";
    const origin = originOf(model, query);
    sides[side].set(origin, (sides[side].get(origin) ?? 0) + query.count);
  }
  const say = (counts) => [...counts].map(([origin, count]) => `${grouped(count)} from ${origin}`);
  return { left: say(sides.left), right: say(sides.right), below: say(sides.below) };
}

/** The breakdown beside the cylinder, above and below the connections that come in there; in it where it is narrow. */
function noteParts({ frame, steps }, box, origins, titleY) {
  const from = steps.findLast((step) => step.kind === "database")?.index ?? 0;
  const all = [...origins.left, ...origins.below, ...origins.right];
  const title = all.join("\n");
  if (frame.isNarrow) return [text("database:said", "quiet", frame.middle, titleY + 14, fit(all.join(" · "), box.width - 16, SMALL), { anchor: "middle", from, title })];
  const room = box.x - frame.x0 - 24;
  const y = trunkY(box);
  const short = (line) => line.replace(/^(.+?) from (?:the )?(.+)$/, "$2 $1");
  const said = (lines) => firstFitting([lines.join(" · "), lines.map(short).join(" · ")], room, SMALL, "sans") || fit(lines.map(short).join(" · "), room, SMALL);
  const note = (side, x, dy, lines, anchor) => text(`database:${side}`, "quiet", x, y + dy, said(lines), { anchor, from, title });
  const right = box.x + box.width + 14;
  return [note("left", box.x - 14, -6, origins.left, "end"), note("right", right, -6, origins.right, "start"), note("below", right, 13, origins.below, "start")];
}

function databaseTitle({ model, isAtRest, isSettled }) {
  if (isAtRest) return ["Database"];
  const count = model.queries.length + (model.head.omitted?.database ?? 0);
  if (!count) return [isSettled ? "Database · no queries" : "Database"];
  const vendors = [...new Set(model.queries.map((span) => VENDORS[span.enter.detail.vendor] ?? shortName(span.enter.detail.vendor)))];
  const total = model.queries.reduce((sum, span) => sum + (spanDuration(span) ?? 0), 0);
  const name = vendors.join(", ");
  return [`${name} · ${plural(count, "query", "queries")} · ${duration(total)}`, `${name} · ${count}`];
}

export function databaseGroup(scene, box) {
  const { frame, model, steps } = scene;
  const own = steps.filter((step) => step.kind === "database");
  const { body, lid } = cylinder(box);
  const origins = breakdown(model, steps);
  const omitted = model.head.omitted?.database;
  if (omitted) origins.below.push(`${grouped(omitted)} more not kept`);
  const titleY = box.y + box.height / 2 + (frame.isNarrow && own.length ? 2 : 8);
  const parts = [
    path("database:body", "box", body),
    path("database:lid", "lid", lid),
    text("database:title", "name", frame.middle, titleY, firstFitting(databaseTitle(scene), box.width - 12, 12, "sans"), { anchor: "middle" }),
    ...noteParts(scene, box, origins, titleY),
  ];
  const dark = scene.isSettled && !own.length;
  return group("database", "database", { label: [databaseTitle(scene)[0], ...Object.values(origins).flat()].join(", "), first: own[0]?.index ?? null, last: own.at(-1)?.index ?? -1, dark, parts });
}
