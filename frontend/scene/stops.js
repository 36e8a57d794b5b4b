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

/** The queries among the steps, those folded in too: [{event, place, index, count}]. */
export function queriesIn(steps) {
  return steps.flatMap(withFolded).filter(({ kind }) => kind === "database").map((query) => ({ count: 1, ...query }));
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

/** Queries that are drawn as one connection: [{key, nodeKey, step numbers, count, place}]. */
export function queryLinks(steps) {
  const links = new Map();
  for (const query of queriesIn(steps)) {
    const nodeKey = nodeKeyOf(query);
    const link = links.get(nodeKey) ?? { key: `link ${nodeKey}`, nodeKey, place: query.place, first: query.index, count: 0, failed: false };
    link.count += query.count;
    link.last = query.index;
    link.failed ||= Boolean(query.failed);
    links.set(nodeKey, link);
  }
  return [...links.values()];
}
