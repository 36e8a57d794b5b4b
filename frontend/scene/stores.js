/** Geometry of what the request asks of others: its databases and caches under the core. */

import { duration, grouped, plural, shortName } from "../model/format.js";
import { spanDuration } from "../model/trace.js";
import { group, path, rect, text } from "./parts.js";
import { isOnTheRight, trunkY } from "./links.js";
import { CORE, queriesIn, storeKeyOf, storesOf } from "./stops.js";
import { firstFitting, fit } from "./text.js";

const VENDORS = { sqlite: "SQLite", postgresql: "PostgreSQL", mysql: "MySQL", oracle: "Oracle" };
const SMALL = 11;
const WIDEST = 260;
const BETWEEN = 14;
const SLOW_NS = 100e6;
const SLOW_SHARE = 0.5;

/** {key: box} of each database and cache side by side; before a request of one database. */
export function storeBoxes(frame, steps) {
  const stores = storesOf(steps);
  const room = frame.isNarrow ? frame.x1 - frame.x0 - 40 : (frame.x1 - frame.x0) * (stores.length > 1 ? 0.62 : 0.36);
  const width = Math.min(frame.isNarrow ? Infinity : WIDEST, (room - (stores.length - 1) * BETWEEN) / stores.length);
  const left = frame.middle - (stores.length * (width + BETWEEN) - BETWEEN) / 2;
  return new Map(stores.map((store, index) => [store.key, { ...store, x: left + index * (width + BETWEEN), y: frame.dbTop, width, height: frame.db }]));
}

function cylinder({ x, y, width, height }) {
  const lid = 6;
  const side = height - 2 * lid;
  return {
    body: `M${x} ${y + lid}a${width / 2} ${lid} 0 0 1 ${width} 0v${side}a${width / 2} ${lid} 0 0 1 ${-width} 0z`,
    lid: `M${x} ${y + lid}a${width / 2} ${lid} 0 0 0 ${width} 0`,
  };
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

/** The breakdown beside the cylinders, above and below the connections that come in there; in it where it is narrow. */
function noteParts({ frame, steps }, { x, right, y, height }, origins, titleY) {
  const from = steps.findLast((step) => step.kind === "database")?.index ?? 0;
  const all = [...origins.left, ...origins.below, ...origins.right];
  const title = all.join("\n");
  if (frame.isNarrow) return [text("database:said", "quiet", frame.middle, titleY + 14, fit(all.join(" · "), right - x - 16, SMALL), { anchor: "middle", from, title })];
  const room = x - frame.x0 - 24;
  const at = trunkY({ y, height });
  const short = (line) => line.replace(/^(.+?) from (?:the )?(.+)$/, "$2 $1");
  const said = (lines) => firstFitting([lines.join(" · "), lines.map(short).join(" · ")], room, SMALL, "sans") || fit(lines.map(short).join(" · "), room, SMALL);
  const note = (side, atX, dy, lines, anchor) => text(`database:${side}`, "quiet", atX, at + dy, said(lines), { anchor, from, title });
  return [note("left", x - 14, -6, origins.left, "end"), note("right", right + 14, -6, origins.right, "start"), note("below", right + 14, 13, origins.below, "start")];
}

function databaseTitle({ model, isAtRest, isSettled }, alias, isOnly) {
  if (isAtRest) return ["Database"];
  const queries = model.queries.filter((span) => isOnly || span.enter.name === alias);
  const count = queries.length + (isOnly ? (model.head.omitted?.database ?? 0) : 0);
  if (!count) return [isSettled ? "Database · no queries" : "Database"];
  const vendors = [...new Set(queries.map((span) => VENDORS[span.enter.detail.vendor] ?? shortName(span.enter.detail.vendor)))];
  const total = queries.reduce((sum, span) => sum + (spanDuration(span) ?? 0), 0);
  const name = [vendors.join(", "), isOnly ? "" : alias].filter(Boolean).join(" ");
  return [`${name} · ${plural(count, "query", "queries")} · ${duration(total)}`, `${name} · ${plural(count, "query", "queries")}`, `${name} · ${count}`, String(count)];
}

/** Whether most of a request that took long enough to be felt went to its queries. */
function isSlow({ model, isSettled }) {
  const total = model.head.duration_ns ?? 0;
  const asked = model.queries.reduce((sum, span) => sum + (spanDuration(span) ?? 0), 0);
  return isSettled && total > SLOW_NS && asked > total * SLOW_SHARE;
}

/** "2 hits · 1 miss": what a cache answered to whoever read from it. */
function cacheTitle(model, alias) {
  const own = [...model.spans.values()].filter((span) => span.kind === "cache" && (span.enter.detail.alias ?? "") === alias);
  const answers = own.map((span) => span.exit?.detail.hit);
  const [hits, misses] = [true, false].map((wanted) => answers.filter((hit) => hit === wanted).length);
  const others = own.length - hits - misses;
  const said = [hits ? plural(hits, "hit") : "", misses ? plural(misses, "miss", "misses") : "", others ? `${grouped(others)} more` : ""].filter(Boolean);
  const name = ["Cache", alias].filter(Boolean).join(" ");
  return [`${name} · ${said.join(" · ")}`, `Cache · ${said.join(" · ")}`, `Cache · ${own.length}`, String(own.length)];
}

function titlePart(box, choices, y, isSlow = false) {
  return text(`${box.key}:title`, isSlow ? "name slow" : "name", box.x + box.width / 2, y, firstFitting(choices, box.width - 12, 12, "sans"), { anchor: "middle", title: choices[0] });
}

function stepsOf(scene, key) {
  const stores = storesOf(scene.steps);
  return scene.steps.filter((step) => storeKeyOf(stores, step.event) === key);
}

function databaseGroup(scene, box, around, isOnly) {
  const { frame, model, steps } = scene;
  const own = stepsOf(scene, box.key);
  const { body, lid } = cylinder(box);
  const isFirst = box.key === "database";
  const origins = breakdown(model, steps);
  const omitted = model.head.omitted?.database;
  if (omitted) origins.below.push(`${grouped(omitted)} more not kept`);
  const titleY = box.y + box.height / 2 + (frame.isNarrow && own.length && isOnly ? 2 : 8);
  const choices = databaseTitle(scene, box.alias, isOnly);
  const parts = [
    path(`${box.key}:body`, "box", body),
    path(`${box.key}:lid`, "lid", lid),
    titlePart(box, choices, titleY, isSlow(scene)),
    ...(isFirst && (isOnly || !frame.isNarrow) ? noteParts(scene, around, origins, titleY) : []),
  ];
  const label = [choices[0], ...(isFirst ? Object.values(origins).flat() : [])].join(", ");
  return group(box.key, "database", { label, first: own[0]?.index ?? null, last: own.at(-1)?.index ?? -1, dark: scene.isSettled && !own.length, parts });
}

/** A cache is a stack of cards: what is in it was put there before. */
function cacheGroup(scene, box) {
  const own = stepsOf(scene, box.key);
  const choices = cacheTitle(scene.model, box.alias);
  const { x, y, width, height } = box;
  const parts = [
    rect(`${box.key}:back`, "box", { x: x + 8, y, width: width - 16, height: height - 8, rx: 5 }),
    rect(`${box.key}:middle`, "box", { x: x + 4, y: y + 4, width: width - 8, height: height - 8, rx: 5 }),
    rect(`${box.key}:body`, "box", { x, y: y + 8, width, height: height - 8, rx: 5 }),
    titlePart(box, choices, y + height / 2 + 8),
  ];
  return group(box.key, "cache", { label: choices[0], first: own[0]?.index ?? null, last: own.at(-1)?.index ?? -1, parts });
}

/** One group for each of `boxes`. */
export function storeGroups(scene, boxes) {
  const all = [...boxes.values()];
  const around = { ...all[0], right: all.at(-1).x + all.at(-1).width };
  const isOnly = all.filter(({ kind }) => kind === "database").length === 1;
  return all.map((box) => (box.kind === "cache" ? cacheGroup(scene, box) : databaseGroup(scene, box, around, isOnly && (all.length === 1 || !scene.frame.isNarrow))));
}
