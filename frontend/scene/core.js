/** Geometry of the core: URL resolver, view, template and response, side by side or, where it is narrow, one under the other. */

import { baseName, bytes, duration, plural, shortName } from "../model/format.js";
import { triedCount } from "../model/headline.js";
import { spanDuration } from "../model/trace.js";
import { reasonOf } from "../model/verdict.js";
import { group, path, rect, text } from "./parts.js";
import { CORE } from "./stops.js";
import { firstFitting, fit, textWidth } from "./text.js";

const WEIGHTS = { resolver: 1.02, view: 1.1, template: 1.1, response: 0.88 };
const TITLES = { resolver: "URL resolver", view: "View", template: "Template", response: "Response" };
const SHORT_TITLES = { resolver: "Resolver" };
const NUMBERS = { resolver: 4, view: 5, template: 6, response: 7 };
const AT_REST = { resolver: "finds the view", view: "runs your code", template: "renders the page", response: "goes back" };
const LINE = 11;
/** More than fit into a line anyhow. */
const MANY = 20;

function besideEachOther(frame) {
  const gap = 12;
  const x0 = frame.laneIn + 18;
  const unit = (frame.laneOut - 18 - x0 - 3 * gap) / CORE.reduce((sum, area) => sum + WEIGHTS[area], 0);
  let x = x0;
  return CORE.map((area) => {
    const box = { area, x, y: frame.coreTop, width: unit * WEIGHTS[area], height: frame.core };
    x += box.width + gap;
    return box;
  });
}

function underEachOther(frame) {
  const gap = 8;
  const height = (frame.core - 3 * gap) / 4;
  const x = frame.laneIn + 16;
  return CORE.map((area, index) => ({ area, x, y: frame.coreTop + index * (height + gap), width: frame.laneOut - 16 - x, height }));
}

export function coreBoxes(frame) {
  return frame.isNarrow ? underEachOther(frame) : besideEachOther(frame);
}

/** Where stop `index` of `count` of a box lies on the U, with the leg it lies on. */
export function stopPoint(frame, box, index, count) {
  const part = (index + 0.5) / count;
  if (!frame.isNarrow) return { leg: "rail", x: box.x + 10 + part * (box.width - 20), y: frame.railY };
  if (box.area === "response") return { leg: "rail", x: frame.middle + (part - 0.5) * 60, y: frame.railY };
  return { leg: "laneIn", x: frame.laneIn, y: box.y + 8 + part * (box.height - 16) };
}

function resolverLines(model) {
  const found = model.resolver?.exit?.detail;
  if (!found) return [];
  const tried = triedCount(found);
  const route = found.matched ? `${found.route || "(empty route)"}` : ["no pattern matched", "none matched"];
  return [route, [`${plural(tried, "pattern")} tried`, `${tried} tried`], found.url_name ? `name ${found.url_name}` : ""];
}

function viewLines(model, more) {
  const { view } = model;
  if (!view) return [];
  const captured = model.resolver?.exit?.detail.captured ?? [];
  const inside = captured.map(({ name }) => `${name}=…`).join(", ");
  const { is_class: isClass, is_async: isAsync } = view.enter.detail;
  const raised = model.exceptions.find((event) => event.stage === "view");
  const checks = model.permissions.slice(0, MANY).map((span) => `${shortName(span.name)} ${span.exit?.detail.allowed ? "✓" : "✗"}`).join(" ");
  const nature = [isAsync ? "async" : "", isClass ? `class, ${answering(view.enter.detail)}` : "function"].filter(Boolean).join(" ");
  const { together, thread } = more?.viewNotes(model) ?? {};
  return [`${shortName(view.enter.name)}(${inside})`, raised ? `✕ ${raised.name}` : together || checks || nature, duration(spanDuration(view)), thread ?? ""];
}

/** The method of the class that answers: `get` also where HEAD was asked for and the class has no head. */
function answering({ method, handler }) {
  const name = handler?.split(".").at(-1) ?? method ?? "";
  return name === "http_method_not_allowed" ? `no ${method}` : name;
}

function templateLines(model) {
  const roots = model.templates.filter((span) => !["block", "macro", "tag"].includes(span.enter.detail.node));
  const names = [...new Set(roots.map((span) => baseName(span.enter.name)))];
  const blocks = model.templates.filter((span) => span.enter.detail.node === "block").length;
  const rest = names.slice(1).map((name) => name.replace(/\.\w+$/, ""));
  return [names[0] ?? "", rest.slice(0, MANY).join(" · ") || (blocks ? plural(blocks, "block") : ""), duration(spanDuration(model.templates[0]))];
}

function responseLines(model) {
  const detail = model.response?.detail;
  if (!detail) return [];
  const size = bytes(detail.body_bytes) || (detail.streaming ? "streaming" : "");
    const type = (detail.content_type ?? "").split(";")[0];
  return [[`${detail.status} ${detail.reason ?? ""}`.trim(), String(detail.status)], [type, type.split("/").at(-1)], size];
}

const LINES = { resolver: resolverLines, view: viewLines, template: templateLines, response: responseLines };

function darkLines({ model, turn }, area) {
  const isUnmatched = model.resolver?.exit?.detail.matched === false;
  const reason = isUnmatched ? ["no pattern matched", "none matched"] : reasonOf(model);
  if (turn !== null) return ["not reached", area === "response" ? [`${model.head.response?.status ?? "made"} from above`, `${model.head.response?.status ?? "made"} above`] : ""];
  if (area === "template" && model.view) return [["no template was seen", "none was seen"]];
  return ["not reached", reason];
}

function isReached(scene, area) {
  return scene.steps.some((step) => step.place.area === area);
}

/** A line is a text, or texts from the longest to the shortest. */
function inFull(line) {
  return [line].flat()[0] ?? "";
}

function fitLine(line, width, font) {
  const choices = [line].flat();
  return firstFitting(choices, width, LINE, font) || fit(inFull(line), width, LINE, font);
}

/** Text lines below the title; stacked boxes put the first at the right of the title. */
function lineParts(frame, box, lines, { from, isQuiet }) {
  const classOf = (line) => (line.startsWith("✕") ? "bad mono" : isQuiet ? "quiet" : "line mono");
  const font = isQuiet ? "sans" : "mono";
  if (frame.isNarrow) {
    return lines.slice(0, 2).map((line, index) =>
      text(`${box.area}:line${index}`, classOf(inFull(line)), box.x + 12, box.y + 33 + index * 14, fitLine(line, box.width - 24, font), { from, title: inFull(line) }));
  }
  const first = box.y + Math.min(46, frame.core * 0.56);
  const room = Math.floor((box.y + frame.core - 6 - first) / 15) + 1;
  return lines.slice(0, room).map((line, index) =>
    text(`${box.area}:line${index}`, classOf(inFull(line)), box.x + 12, first + index * 15, fitLine(line, box.width - 22, font), { from, title: inFull(line) }));
}

function linesOf(scene, area, dark) {
  if (scene.isAtRest) return { lines: [AT_REST[area]], isQuiet: true };
  if (dark) return { lines: darkLines(scene, area), isQuiet: true };
  return { lines: LINES[area](scene.model, scene.more), isQuiet: false };
}

function titleOf(box, hasNumber, size) {
  const room = box.width - (hasNumber ? 34 : 18);
  const title = TITLES[box.area];
  return firstFitting([title, SHORT_TITLES[box.area] ?? title], room, size, "sans") || fit(title, room, size);
}

function titleSize(frame) {
  return frame.isNarrow ? 13 : 14;
}

/** The ticks that tie a box to its stops on the rail. */
function tickParts(frame, box, stops) {
  if (frame.isNarrow || stops.length > box.width / 6) return [];
  const d = stops.map(({ x, y }) => `M${x.toFixed(1)} ${box.y + box.height}V${y}`).join("");
  return d ? [path(`${box.area}:ticks`, "ticks", d)] : [];
}

export function coreGroup(scene, box, stops) {
  const { frame, steps } = scene;
  const own = steps.filter((step) => step.place.area === box.area);
  const dark = scene.isSettled && !isReached(scene, box.area);
  const { lines, isQuiet } = linesOf(scene, box.area, dark);
  const from = own[0]?.index ?? 0;
  const hasNumber = box.width > 96 && textWidth(TITLES[box.area].split(" ").at(-1), titleSize(frame)) < box.width - 34;
  const parts = [
    ...tickParts(frame, box, stops),
    rect(`${box.area}:box`, "box", { ...box, rx: 12 }),
    text(`${box.area}:title`, "title", box.x + 12, box.y + (frame.isNarrow ? 18 : Math.min(26, frame.core * 0.33)), titleOf(box, hasNumber, titleSize(frame))),
    hasNumber ? text(`${box.area}:number`, "number", box.x + box.width - 11, box.y + (frame.isNarrow ? 18 : 22), String(NUMBERS[box.area]), { anchor: "end" }) : null,
    ...lineParts(frame, box, lines, { from: isQuiet ? 0 : from, isQuiet }),
  ];
  const label = [TITLES[box.area], ...lines.map(inFull)].filter(Boolean).join(", ");
  return group(box.area, box.area, { label, first: own[0]?.index ?? null, last: own.at(-1)?.index ?? -1, dark, parts });
}
