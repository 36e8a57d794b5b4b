/** Geometry of the connections from where something was asked to the database or cache that answered. */

import { grouped } from "../model/format.js";
import { group, path, text } from "./parts.js";
import { roundedLine } from "./path.js";
import { CORE, storeLinks } from "./stops.js";
import { firstFitting, textWidth } from "./text.js";

const SAMPLES = 14;
const COUNT_SIZE = 11;

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
export function trunkY(box) {
  return box.y + box.height * 0.6;
}

function lineOf(frame, link, from, box, port) {
  const isCore = CORE.includes(link.place.area);
  if (isCore && !frame.isNarrow) return cubic([from.x, from.y], [port, box.y + 3]);
  return aroundTheSide(frame, from, box, isOnTheRight(link));
}

export function isOnTheRight({ place }) {
  return place.side === "out" || place.area === "response";
}

/** Where the connections from the core come into a box: side by side, in the order of their stops. */
function portsOf(boxes, links, track) {
  const ports = new Map();
  for (const [key, box] of boxes) {
    const down = links.filter((link) => link.store === key && CORE.includes(link.place.area)).sort((a, b) => nodeOf(track, a).x - nodeOf(track, b).x);
    down.forEach((link, order) => ports.set(link.key, box.x + box.width * (0.12 + (0.76 * (order + 0.5)) / down.length)));
  }
  return ports;
}

/** The connections, each with its line: {key, store, d, points, count, first, from}. */
export function linkLines(frame, steps, track, boxes) {
  const links = storeLinks(steps).filter((link) => track.position.has(link.nodeKey));
  const ports = portsOf(boxes, links, track);
  return links.map((link) => {
    const from = nodeOf(track, link);
    return { ...link, from, ...lineOf(frame, link, from, boxes.get(link.store), ports.get(link.key)) };
  });
}

function nodeOf(track, link) {
  return track.nodes[track.position.get(link.nodeKey)];
}

function countPart(frame, link) {
  if (link.count < 2) return null;
  const isDown = CORE.includes(link.place.area) && !frame.isNarrow;
  const toLeft = !isDown && !isOnTheRight(link);
  const [dx, dy] = isDown ? [6, Math.min(17, frame.dbTop - link.from.y - 5)] : [toLeft ? -11 : 11, -4];
  const x = link.from.x + dx;
  const said = firstFitting(countChoices(link.count), (toLeft ? x : frame.width - x) - 3, COUNT_SIZE);
  return said ? text(`${link.key}:count`, "count mono", x, link.from.y + dy, said, { from: link.first, anchor: toLeft ? "end" : "start" }) : null;
}

function countChoices(count) {
  return [`×${grouped(count)}`, ...(count < 1000 ? [] : [`×${Math.round(count / 1000)}k`])];
}

function spanOf({ text: content, attrs }) {
  const width = textWidth(content, COUNT_SIZE, "mono") + 4;
  return attrs["text-anchor"] === "end" ? [attrs.x - width, attrs.x] : [attrs.x, attrs.x + width];
}

/** Counts beside the connections, the greatest first; one that would lie over another is left to its connection's title. */
function countParts(frame, links) {
  const taken = [];
  const parts = new Map();
  for (const link of [...links].sort((a, b) => b.count - a.count)) {
    const part = countPart(frame, link);
    if (!part) continue;
    const [left, right] = spanOf(part);
    if (taken.some((each) => Math.abs(each.y - part.attrs.y) < COUNT_SIZE && left < each.right && each.left < right)) continue;
    taken.push({ left, right, y: part.attrs.y });
    parts.set(link.key, part);
  }
  return parts;
}

export function linkGroups(frame, links) {
  const counts = countParts(frame, links);
  return links.map((link) => {
    const line = { ...path(`${link.key}:line`, link.failed ? "link failed" : "link", link.d), title: link.count > 1 ? `${grouped(link.count)} × from here` : null };
    return group(link.key, "link", { first: link.first, last: link.last, parts: [line, counts.get(link.key)] });
  });
}
