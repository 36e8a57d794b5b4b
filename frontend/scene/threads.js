/** Geometry of threads: a bump where a layer's work leaps to another thread, a band where the core runs in one, strands where awaits are under way at once. */

import { callsOf } from "../model/calls.js";
import { duration } from "../model/format.js";
import { group, path, rect } from "./parts.js";
import { CORE, nodeKeyOf } from "./stops.js";

const BUMP = 9;
const HALF_BAND = 7;
const MOST_STRANDS = 5;

/** The thread in which the server runs the request: what runs elsewhere has leapt there. */
export function homeThread(model) {
  return model.server?.enter.thread ?? model.events[0]?.thread ?? "";
}

/** Whether a step runs in another thread than the server's; what the browser tells runs in none. */
export function isAway(model, { event }) {
  return Boolean(event.thread) && event.kind !== "client" && event.thread !== homeThread(model);
}

function callSaid({ name, to, start, end, begin, back }) {
  return `${name} ran in ${to} for ${duration(end - start)}; ${duration(start - begin)} there, ${duration(back - end)} back`;
}

function bump({ frame, steps }, layer, calls, isOut) {
  if (!calls.length) return null;
  const x = isOut ? frame.laneOut : frame.laneIn;
  const { top, height } = frame.rows[layer.index];
  const half = Math.min(8, height * 0.36);
  const y = top + height / 2;
  const out = (isOut ? 1 : -1) * BUMP;
  const d = `M${x} ${y - half}C${x + out * 1.4} ${y - half} ${x + out * 1.4} ${y + half} ${x} ${y + half}`;
  const step = steps.find((each) => each.event === (isOut ? layer.exit : layer.enter));
  return { ...path(`leap:${layer.index}:${isOut}`, "leap", d), from: step?.index ?? 0, title: calls.map(callSaid).join("\n") };
}

/** One bump a layer and way. */
function bumps(scene) {
  const calls = callsOf(scene.model);
  return scene.model.layers.filter(Boolean).flatMap((layer) => {
    const own = calls.filter((call) => call.parent === layer.span);
    const isIn = (call) => !layer.passedOn || call.back <= layer.passedOn.t_ns;
    const isOut = (call) => layer.cameBack && call.begin >= layer.cameBack.t_ns;
    return [bump(scene, layer, own.filter(isIn), false), bump(scene, layer, own.filter((call) => !isIn(call) && isOut(call)), true)];
  });
}

/** Runs of neighbouring nodes of one leg of the core at which nothing but steps of another thread stand: [[node, …]]. */
function runsAway({ model, steps }, track) {
  const threads = new Map();
  for (const step of steps.filter(({ place }) => CORE.includes(place.area))) {
    const key = nodeKeyOf(step);
    threads.set(key, (threads.get(key) ?? true) && isAway(model, step));
  }
  const runs = [];
  let run = null;
  for (const node of track.nodes) {
    if (!threads.get(node.key)) run = null;
    else if (run?.[0].leg === node.leg) run.push(node);
    else runs.push((run = [node]));
  }
  return runs;
}

function band(run, index, first) {
  const [a, b] = [run[0], run.at(-1)];
  const box = { x: Math.min(a.x, b.x) - HALF_BAND, y: Math.min(a.y, b.y) - HALF_BAND, width: Math.abs(b.x - a.x) + 2 * HALF_BAND, height: Math.abs(b.y - a.y) + 2 * HALF_BAND, rx: HALF_BAND };
  return { ...rect(`away:${index}`, "away", box), from: first };
}

/** Calls of a view or template that were under way at once, by group. */
export function gatheredCalls(model) {
  const groups = new Map();
  for (const call of callsOf(model).filter(({ atOnce, parent }) => atOnce > 1 && ["view", "template"].includes(model.spans.get(parent)?.kind))) {
    const key = `${call.thread} ${call.parent}`;
    groups.set(key, [...(groups.get(key) ?? []), call]);
  }
  return [...groups.values()].map((calls) => calls.sort((a, b) => a.begin - b.begin));
}

/** The stops of what ran within the calls: [[node, …]], one list a call. */
function stopsOfCalls({ steps }, track, calls) {
  return calls.map((call) => {
    const own = steps.filter(({ event, tNs }) => event.thread === call.to && tNs >= call.start && tNs <= call.end);
    return own.map((step) => track.nodes[track.position.get(nodeKeyOf(step))]).filter(Boolean);
  });
}

/** Strands beside each other from where the calls begin to where all are back, with a dot where each had the thread. */
function strands(scene, track, calls, index) {
  const stops = stopsOfCalls(scene, track, calls.slice(0, MOST_STRANDS));
  const all = stops.flat();
  if (!all.length) return [];
  const isDown = all.every(({ x }) => x === all[0].x);
  const along = all.map(({ x, y }) => (isDown ? y : x));
  const [from, to] = [Math.min(...along) - 12, Math.max(...along) + 12];
  const base = isDown ? all[0].x : all[0].y;
  const at = (a, b) => (isDown ? `${b} ${a}` : `${a} ${b}`);
  const first = Math.min(...scene.steps.filter(({ tNs }) => tNs >= calls[0].begin).map((step) => step.index));
  const title = `${calls.length} awaits at once: ${calls.map(callSaid).join("\n")}`;
  return stops.map((nodes, strand) => {
    const side = base + (strand - (stops.length - 1) / 2) * 6;
    const line = `M${at(from, base)}L${at(from + 7, side)}L${at(to - 7, side)}L${at(to, base)}`;
    const dots = nodes.map((node) => `M${at((isDown ? node.y : node.x) - 3, side)}L${at((isDown ? node.y : node.x) + 3, side)}`).join("");
    return [{ ...path(`strand:${index}:${strand}`, "strand", line), from: first, title }, { ...path(`worked:${index}:${strand}`, "worked", dots), from: first, title }];
  }).flat();
}

export function threadGroup(scene, track) {
  const { model, steps } = scene;
  const bands = runsAway(scene, track).map((run, index) => band(run, index, steps.find((step) => nodeKeyOf(step) === run[0].key)?.index ?? 0));
  const together = gatheredCalls(model).flatMap((calls, index) => strands(scene, track, calls, index));
  return group("threads", "threads", { parts: [...bands, ...bumps(scene), ...together] });
}
