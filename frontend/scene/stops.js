/** Which steps share a stop on the rail, and where each step of a trace stands: its node and, for a query, its link. */

import { placeKey } from "../model/places.js";

export const CORE = ["resolver", "view", "template", "response"];

/** Like steps share a stop: the same query from the same place, the same template included fifty times. */
function stopName(event) {
  if (event.kind === "database") return `database ${event.detail.sql}`;
  if (event.kind === "view") return `view ${event.phase}`;
  if (event.kind === "template") return `template ${event.detail.node} ${event.name}`;
  return `${event.kind} ${event.name}`;
}

/** A step, and one for each sort of those that were folded into it. */
function withFolded(step) {
  return step.more.length ? [step, ...step.more.map((each) => ({ ...each, index: step.index }))] : [step];
}

/** The steps of some kinds, those folded in too: [{event, place, index, count}]. */
function stepsOfKinds(steps, kinds) {
  return steps.flatMap(withFolded).filter(({ kind }) => kinds.includes(kind)).map((each) => ({ count: 1, ...each }));
}

/** The queries among the steps, those folded in too. */
export function queriesIn(steps) {
  return stepsOfKinds(steps, ["database"]);
}

const aliasOf = { database: (event) => event.name, cache: (event) => event.detail.alias ?? "" };

/** The databases and caches that the steps ask, [{key, kind, alias}], in that order; one database at least. The first is called "database". */
export function storesOf(steps) {
  const named = (kind) => [...new Set(stepsOfKinds(steps, [kind]).map(({ event }) => aliasOf[kind](event)))];
  const databases = named("database");
  const stores = (databases.length ? databases : [""]).map((alias, index) => ({ key: index ? `database:${alias}` : "database", kind: "database", alias }));
  return [...stores, ...named("cache").map((alias) => ({ key: `cache:${alias}`, kind: "cache", alias }))];
}

/** The key of the database or cache that an event asks, or null. */
export function storeKeyOf(stores, event) {
  const alias = aliasOf[event.kind]?.(event);
  return stores.find((store) => store.kind === event.kind && store.alias === alias)?.key ?? null;
}

function addStop(stops, area, name) {
  const list = stops.get(area) ?? [];
  if (!list.includes(name)) list.push(name);
  stops.set(area, list);
}

/** The stops of each box of the core, in the order in which they were first made; the view's return comes last. */
export function coreStops(steps) {
  const stops = new Map();
  for (const { place, event } of steps.flatMap(withFolded)) if (CORE.includes(place.area)) addStop(stops, place.area, stopName(event));
  for (const list of stops.values()) {
    const exit = list.indexOf("view exit");
    if (exit >= 0) list.push(...list.splice(exit, 1));
  }
  return stops;
}

export function nodeKeyOf(step) {
  if (CORE.includes(step.place.area)) return `${step.place.area}|${stopName(step.event)}`;
  return placeKey(step.place);
}

/** The key of the group that is lit while a step is on. */
export function areaKeyOf(step) {
  const { area, index } = step.place;
  return area === "layer" ? `layer:${index}` : area;
}

/** What is asked of one database or cache from one stop is one connection: [{key, nodeKey, store, step numbers, count, place}]. */
export function storeLinks(steps) {
  const stores = storesOf(steps);
  const links = new Map();
  for (const asked of stepsOfKinds(steps, ["database", "cache"])) {
    const nodeKey = nodeKeyOf(asked);
    const store = storeKeyOf(stores, asked.event);
    const key = linkKey(nodeKey, store);
    const link = links.get(key) ?? { key, nodeKey, store, place: asked.place, first: asked.index, count: 0, failed: false };
    link.count += asked.count;
    link.last = asked.index;
    link.failed ||= Boolean(asked.failed);
    links.set(key, link);
  }
  return [...links.values()];
}

export function linkKey(nodeKey, store) {
  return `link ${nodeKey} ${store}`;
}
