/** The ribbon on the page: cells coloured by kind, a slider for pointer and screen reader. */

import { Playhead } from "../playhead.js";
import { layoutRibbon, msAtX } from "./layout.js";

const NS = "http://www.w3.org/2000/svg";
const HEIGHT = 18;

function pathOf(cells, top, height) {
  return cells.map(({ x, width }) => `M${x.toFixed(1)} ${top}h${width.toFixed(1)}v${height}h${(-width).toFixed(1)}z`).join("");
}

export class RibbonView {
  constructor(host, delegate) {
    this.host = host;
    this.delegate = delegate;
    this.svg = document.createElementNS(NS, "svg");
    this.svg.setAttribute("height", HEIGHT);
    this.paths = new Map();
    this.timeline = null;
    /** Whatever else is drawn over the ribbon: `draw(timeline, width)`. */
    this.overlay = null;
    host.append(this.svg);
    this.playhead = new Playhead(host);
  }

  start() {
    this.host.addEventListener("pointerdown", (event) => {
      this.host.setPointerCapture(event.pointerId);
      this.#scrub(event);
    });
    this.host.addEventListener("pointermove", (event) => {
      if (event.buttons & 1) this.#scrub(event);
    });
  }

  #scrub(event) {
    const frame = this.host.getBoundingClientRect();
    if (this.timeline) this.delegate.onScrubMs(msAtX(this.timeline, event.clientX - frame.left, frame.width));
  }

  draw(timeline) {
    this.timeline = timeline;
    this.width = this.host.clientWidth;
    this.svg.setAttribute("width", this.width);
    const cells = layoutRibbon(timeline, this.width);
    const kinds = new Set([...this.paths.keys(), ...cells.map((cell) => cell.kind)]);
    for (const kind of kinds) this.#path(kind).setAttribute("d", pathOf(cells.filter((cell) => cell.kind === kind), 0, HEIGHT));
    this.overlay?.draw(timeline, this.width);
  }

  #path(kind) {
    let path = this.paths.get(kind);
    if (!path) {
      path = document.createElementNS(NS, "path");
      path.setAttribute("class", `cell ${kind}`);
      this.svg.append(path);
      this.paths.set(kind, path);
    }
    return path;
  }

  #xOf(ms) {
    return (ms / this.timeline.totalMs) * this.width;
  }

  putPlayhead(ms) {
    this.playhead.show(Boolean(this.timeline?.totalMs));
    if (this.timeline?.totalMs) this.playhead.put(this.#xOf(ms));
  }

  runPlayhead(fromMs, toMs, durationMs) {
    this.playhead.show(true);
    this.playhead.run(this.#xOf(fromMs), this.#xOf(toMs), durationMs);
  }

  describe(index, count, label) {
    this.host.setAttribute("aria-valuemax", String(Math.max(0, count)));
    this.host.setAttribute("aria-valuenow", String(index + 1));
    this.host.setAttribute("aria-valuetext", label);
  }
}
