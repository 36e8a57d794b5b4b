/** The whole picture of one trace as geometry: groups of parts, the track of the token, and where each step stands on it. */

import { isSettled, toneAt, tonesOf, turnedAt } from "../model/verdict.js";
import { coreBoxes, coreGroup, stopPoint } from "./core.js";
import { layerGroup, proxyGroup, serverGroup } from "./layers.js";
import { linkGroups, linkLines } from "./links.js";
import { group, path, rect, text } from "./parts.js";
import { roundedLine } from "./path.js";
import { horizontalFrame, verticalFrame, NARROW_BELOW } from "./sizes.js";
import { areaKeyOf, coreStops, linkKey, nodeKeyOf, storeKeyOf, storesOf } from "./stops.js";
import { storeBoxes, storeGroups } from "./stores.js";
import { firstFitting, fit } from "./text.js";
import { buildTrack, cornersOf, node, pointsOf, walk } from "./track.js";

const LAYERS_AT_REST = 6;

function frameOf(model, { width, height }, turn) {
  const layers = model.layerCount || (model.server?.exit ? 0 : LAYERS_AT_REST);
  const frame = {
    ...horizontalFrame({ width, layers, isNarrow: width < NARROW_BELOW }),
    ...verticalFrame({ width, height, layers, bandAfter: turn, hasProxy: Boolean(model.proxy) }),
  };
  frame.nameSize = Math.min(13, Math.max(11.5, (frame.rows[0]?.height ?? 24) * 0.44));
  const pill = Math.min(250, width - 170);
  frame.clientBox = { x: frame.middle - pill / 2, y: frame.clientTop, width: pill, height: frame.client, rx: frame.client / 2 };
  return frame;
}

/** The browser or program that asked, by what it says of itself. */
export function clientName(model) {
  const header = model.head.request?.headers?.find(([name]) => name.toLowerCase() === "user-agent");
  const agent = model.events[0]?.detail?.user_agent ?? header?.[1] ?? "";
  const known = [[/Edg\//, "Edge"], [/OPR\//, "Opera"], [/Firefox\//, "Firefox"], [/Chrome\//, "Chrome"], [/Safari\//, "Safari"]];
  return known.find(([pattern]) => pattern.test(agent))?.[1] ?? agent.split(/[ /]/)[0];
}

function clientGroup({ model, steps, frame }) {
  const box = frame.clientBox;
  const name = ["Client", clientName(model)].filter(Boolean).join(" · ");
  const parts = [
    rect("client:box", "box", box),
    text("client:name", "title", frame.middle, box.y + box.height / 2 + 4.5, fit(name, box.width - 30, 13), { anchor: "middle" }),
  ];
  const own = steps.filter((step) => step.place.area === "client");
  return group("client", "client", { label: name, first: own[0]?.index ?? null, last: own.at(-1)?.index ?? -1, parts });
}

function laneNodes({ frame, turn }, layerTotal) {
  const reached = turn === null ? layerTotal : turn + 1;
  const clientY = frame.clientTop + frame.client / 2;
  const serverY = frame.serverTop + frame.server / 2;
  const nodes = [
    node("client:in", "client", frame.clientBox.x, clientY),
    node("server:in", "laneIn", frame.laneIn, serverY),
    node("server:out", "laneOut", frame.laneOut, serverY),
    node("client:out", "clientOut", frame.clientBox.x + frame.clientBox.width, clientY),
  ];
  if (frame.proxy) nodes.push(node("proxy:in", "laneIn", frame.laneIn, frame.proxyTop + frame.proxy / 2));
  for (let index = 0; index < reached; index += 1) {
    const y = frame.rows[index].top + frame.rows[index].height / 2;
    nodes.push(node(`layer:${index}:in`, "laneIn", frame.laneIn, y), node(`layer:${index}:out`, "laneOut", frame.laneOut, y));
  }
  return nodes;
}

function coreNodes(frame, boxes, stops) {
  return boxes.flatMap((box) => {
    const names = stops.get(box.area) ?? [];
    return names.map((name, index) => {
      const { leg, x, y } = stopPoint(frame, box, index, names.length);
      return node(`${box.area}|${name}`, leg, x, y);
    });
  });
}

/** Where each step stands: its node, its link if it asks a database or cache, the groups that are lit, and the way from the step before. */
function spotsOf({ model, steps, more }, track, links) {
  const byKey = new Map(links.map((link) => [link.key, link]));
  const stores = storesOf(steps);
  let before = { nodeKey: "client:in", link: null };
  return steps.map((step) => {
    const wanted = nodeKeyOf(step);
    const nodeKey = track.position.has(wanted) ? wanted : before.nodeKey;
    const link = byKey.get(linkKey(nodeKey, storeKeyOf(stores, step.event))) ?? null;
    const areas = [areaKeyOf(step), ...(link ? [link.store, link.key] : [])];
    const spot = { nodeKey, link, areas, isAway: more?.isAway(model, step) ?? false, ...wayBetween(track, before, { nodeKey, link }) };
    before = spot;
    return spot;
  });
}

/** {points, passed} of the way from one spot to another: up from the database, along the track, down to the database. */
export function wayBetween(track, from, to) {
  const passed = walk(track, from.nodeKey, to.nodeKey);
  const up = from.link ? [...from.link.points].reverse() : [];
  const down = to.link ? to.link.points : [];
  const points = [...up, ...pointsOf(passed), ...down];
  const at = track.nodes[track.position.get(to.nodeKey)];
  return { points: points.length ? points : [[at.x, at.y]], passed };
}

function markSegments(spots, tones) {
  spots.forEach((spot, index) => {
    for (const { segment, isBack } of spot.passed) {
      if (segment.at !== null || isBack) continue;
      segment.at = index;
      segment.tone = toneAt(tones, index);
    }
  });
}

function bandGroup({ model, steps, frame, turn }) {
  const layer = model.layers[turn];
  const exit = steps.find((step) => step.event === layer.exit);
  const verb = layer.exit.detail.result === "raised" ? "raised in" : "stopped by";
  const [said, room] = [`${verb} ${layer.name}`, frame.laneOut - frame.laneIn - 40];
  const sentence = firstFitting([`never reached: ${said}`, said], room, 12, "sans") || fit(said, room, 12);
  return group("band", "band", { first: exit?.index ?? 0, last: Infinity, parts: [text("band:said", "loud", frame.middle, frame.bandTop + frame.band - 5, sentence, { anchor: "middle", from: exit?.index ?? 0 })] });
}

function guideGroup(frame, track, corners, turn) {
  const whole = roundedLine(corners, 18);
  const parts = turn === null ? [path("guide:all", "guide", whole.d)] : [path("guide:dark", "guide dark", whole.d), path("guide:turned", "guide", track.segments.map((segment) => segment.d).join(""))];
  return group("guide", "guide", { parts });
}

function sideGroup(frame) {
  if (frame.isNarrow || !frame.rows.length) return null;
  const y = frame.rows[0].top + 4;
  const along = (key, x, content) => {
    const part = text(key, "along", x, y, content);
    part.attrs.transform = `rotate(90 ${x} ${y})`;
    return part;
  };
  const parts = [along("side:in", frame.x0 - 23, "request, on its way in →"), along("side:out", frame.x1 + 16, "← response, in reverse order")];
  return group("side", "side", { parts });
}

/** Everything that the view draws for `model` and its `steps` in a room of `size` {width, height}; `more` is the module more.js, once it is there. */
export function layoutScene(model, steps, size, more = null) {
  const turn = turnedAt(model);
  const frame = frameOf(model, size, turn);
  const isAtRest = steps.length === 0;
  const scene = { model, steps, frame, turn, more, isAtRest, isSettled: !isAtRest && isSettled(model) };
  const boxes = coreBoxes(frame);
  const stops = coreStops(steps);
  const corners = cornersOf(frame);
  const nodes = [...laneNodes(scene, frame.rows.length), ...coreNodes(frame, boxes, stops)];
  const track = buildTrack(nodes, corners, turn === null ? null : frame.bandTop + frame.band * 0.33);
  const stores = storeBoxes(frame, steps);
  const links = linkLines(frame, steps, track, stores);
  const spots = spotsOf(scene, track, links);
  const tones = tonesOf(model, steps);
  markSegments(spots, tones);
  const groups = [
    frame.proxy ? proxyGroup(scene) : null,
    serverGroup(scene),
    ...frame.rows.map((_, index) => layerGroup(scene, index)),
    turn === null ? null : bandGroup(scene),
    guideGroup(frame, track, corners, turn),
    ...(more?.groupsOnTheWay(scene, track) ?? []),
    ...linkGroups(frame, links),
    clientGroup(scene),
    ...boxes.map((each) => coreGroup(scene, each, track.nodes.filter((stop) => stop.key.startsWith(`${each.area}|`)))),
    ...storeGroups(scene, stores),
    sideGroup(frame),
  ];
  return { width: frame.width, height: frame.height, frame, groups: groups.filter(Boolean), track, spots, tones, links, restY: ((frame.rows[0]?.top ?? frame.coreTop) + frame.coreTop) / 2 };
}
