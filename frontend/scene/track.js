/** The way of the token: one line in the shape of a U with nodes on it, and routes from node to node along it. */

import { roundedLine } from "./path.js";

const LEG = { client: 0, laneIn: 1, rail: 2, laneOut: 3, clientOut: 4 };

/** Corners of the U: from the client, down the way in, along the rail, up the way out, back to the client. */
export function cornersOf(frame) {
  const y = frame.clientTop + frame.client / 2;
  const [left, right] = [frame.clientBox.x, frame.clientBox.x + frame.clientBox.width];
  return [[left, y], [frame.laneIn, y], [frame.laneIn, frame.railY], [frame.laneOut, frame.railY], [frame.laneOut, y], [right, y]];
}

export function node(key, leg, x, y) {
  return { key, leg: LEG[leg], x, y };
}

/** The order of nodes on the U: by leg, then along the leg. */
export function inOrder(nodes) {
  const along = { 0: (a, b) => b.x - a.x, 1: (a, b) => a.y - b.y, 2: (a, b) => a.x - b.x, 3: (a, b) => b.y - a.y, 4: (a, b) => b.x - a.x };
  return [...nodes].sort((a, b) => a.leg - b.leg || along[a.leg](a, b));
}

function segmentCorners(a, b, corners, turnY) {
  if (turnY !== null && a.leg < LEG.rail && b.leg > LEG.rail) return [[a.x, a.y], [a.x, turnY], [b.x, turnY], [b.x, b.y]];
  return [[a.x, a.y], ...corners.slice(a.leg + 1, b.leg + 1), [b.x, b.y]];
}

/** {nodes, segments} through `nodes`; with `turnY` the way in turns into the way out at that height. */
export function buildTrack(nodes, corners, turnY = null) {
  const ordered = inOrder(nodes);
  const segments = [];
  for (let index = 0; index + 1 < ordered.length; index += 1) {
    const [a, b] = [ordered[index], ordered[index + 1]];
    const line = roundedLine(segmentCorners(a, b, corners, turnY), 18);
    segments.push({ key: `${a.key}>${b.key}`, isOut: b.leg > LEG.rail, at: null, isBack: false, ...line });
  }
  const position = new Map(ordered.map((each, index) => [each.key, index]));
  return { nodes: ordered, segments, position };
}

/** The segments from one node to another as [{segment, isBack}], in the order in which they are passed. */
export function walk(track, fromKey, toKey) {
  const [from, to] = [track.position.get(fromKey), track.position.get(toKey)];
  if (from === undefined || to === undefined) return [];
  if (from <= to) return track.segments.slice(from, to).map((segment) => ({ segment, isBack: false }));
  return track.segments.slice(to, from).reverse().map((segment) => ({ segment, isBack: true }));
}

/** All points of a walk, one after the other. */
export function pointsOf(passed) {
  return passed.flatMap(({ segment, isBack }) => (isBack ? [...segment.points].reverse() : segment.points));
}
