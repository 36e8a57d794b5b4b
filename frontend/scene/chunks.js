/** Geometry of a response that is sent in parts: one square a part on its way back to the client, several parts a square where they are many. */

import { bytes, plural } from "../model/format.js";
import { group, rect, text } from "./parts.js";
import { fit } from "./text.js";

const PARTS = new Set(["http.response.body", "body"]);
const WIDE = { size: 6, apart: 10, end: 20 };
const NARROW = { size: 5, apart: 7, end: 10 };
const SMALL = 10.5;

/** The steps that send a part of the body. */
export function chunkSteps(steps) {
  return steps.filter(({ event }) => event.kind === "server" && PARTS.has(event.name) && event.detail.bytes > 0);
}

/** Null where the response was sent in one piece. */
export function chunkGroup({ frame, steps }) {
  const chunks = chunkSteps(steps);
  if (chunks.length < 2) return null;
  const { size, apart, end } = frame.isNarrow ? NARROW : WIDE;
  const left = frame.clientBox.x + frame.clientBox.width + apart;
  const right = frame.laneOut - end;
  const slots = Math.max(1, Math.floor((right - left) / apart));
  const each = Math.ceil(chunks.length / slots);
  const y = frame.clientTop + frame.client / 2;
  const parts = [];
  for (let at = 0; at < chunks.length; at += each) {
    const own = chunks.slice(at, at + each);
    const place = { x: right - (parts.length + 1) * apart, y: y - size - 4, width: size, height: size, rx: 1 };
    const title = own.map(({ event }, index) => `part ${at + index + 1}: ${bytes(event.detail.bytes)}`).join("\n");
    parts.push({ ...rect(`chunk:${at}`, "chunk", place), from: own[0].index, title });
  }
  const sent = chunks.reduce((sum, { event }) => sum + event.detail.bytes, 0);
  const said = fit(`${plural(chunks.length, "chunk")} · ${bytes(sent)}`, right - left, SMALL, "mono");
  parts.push(text("chunks:said", "quiet mono", right, y + 16, said, { anchor: "end", from: chunks.at(-1).index }));
  return group("chunks", "chunks", { parts });
}
