/** The waterfall on the page: bars by kind, axis, playhead; reports scrubbing and clicks. */

import { duration, grouped, shortName, baseName } from "../model/format.js";
import { Playhead } from "../playhead.js";
import { firstFitting } from "../scene/text.js";
import { barAt, barOfStep, layoutWaterfall, pathOfBars, timeAtX, xOfTime } from "./layout.js";

const NS = "http://www.w3.org/2000/svg";
const KINDS = ["client", "server", "middleware", "resolver", "hook", "view", "permission", "signal", "outbound", "form", "template", "cache", "database", "other"];
const MAX_LABELS = 60;

function make(tag, parent, cls) {
  const element = document.createElementNS(NS, tag);
  if (cls) element.setAttribute("class", cls);
  parent.append(element);
  return element;
}

function kindOf(bar) {
  return KINDS.includes(bar.kind) ? bar.kind : "other";
}

function titleOf(bar) {
  const name = bar.kind === "template" ? baseName(bar.name) : shortName(bar.name);
  if (bar.count > 1) return `${grouped(bar.count)} × ${bar.kind}, side by side · ${duration(bar.to - bar.from)} from first to last`;
  const clock = bar.clock === "estimated" ? " (browser clock, placed in the middle)" : "";
  return `${bar.kind} · ${name} · ${bar.isOpen ? "still running" : duration(bar.to - bar.from)}${clock}`;
}

function barName(bar) {
  if (bar.count > 1) return `${grouped(bar.count)} × ${bar.kind === "database" ? "SQL" : bar.kind}`;
  if (bar.kind === "database") return "SQL";
  if (bar.kind === "cache") return `cache ${bar.name}`;
  if (bar.kind === "outbound") return bar.name;
  return bar.kind === "template" ? baseName(bar.name) : shortName(bar.name);
}

/** Name and duration, or the name, or nothing: half a name says little. */
function labelOf(bar) {
  return firstFitting([`${barName(bar)} ${duration(bar.to - bar.from)}`, barName(bar)], bar.width - 8, 10, "sans");
}

export class WaterfallView {
  constructor(host, delegate) {
    this.host = host;
    this.delegate = delegate;
    this.svg = make("svg", host);
    this.svg.setAttribute("aria-hidden", "true");
    this.axis = make("g", this.svg, "axis");
    this.paths = new Map(KINDS.map((kind) => [kind, make("path", this.svg, `bar ${kind}`)]));
    this.failed = make("path", this.svg, "bar failed");
    this.current = make("rect", this.svg, "current");
    this.labels = make("g", this.svg, "labels");
    this.tip = document.createElement("div");
    this.tip.className = "tip";
    this.tip.hidden = true;
    host.append(this.tip);
    this.playhead = new Playhead(host);
    this.layout = null;
  }

  start() {
    this.host.addEventListener("pointerdown", (event) => this.#grab(event));
    this.host.addEventListener("pointermove", (event) => this.#move(event));
    this.host.addEventListener("pointerleave", () => (this.tip.hidden = true));
  }

  #pointOf(event) {
    const frame = this.svg.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }

  #grab(event) {
    if (!this.layout?.bars.length) return;
    this.host.setPointerCapture(event.pointerId);
    const [x, y] = this.#pointOf(event);
    const bar = barAt(this.layout, x, y);
    if (bar && bar.width < 8) return this.delegate.onPickSeq(bar.seq);
    this.delegate.onScrubTime(timeAtX(this.layout, x));
  }

  #move(event) {
    if (!this.layout?.bars.length) return;
    const [x, y] = this.#pointOf(event);
    if (event.buttons & 1) return this.delegate.onScrubTime(timeAtX(this.layout, x));
    this.#showTip(barAt(this.layout, x, y), x, y);
  }

  #showTip(bar, x, y) {
    this.tip.hidden = !bar;
    if (!bar) return;
    this.tip.textContent = titleOf(bar);
    const left = Math.max(0, Math.min(x + 12, this.layout.width - this.tip.offsetWidth));
    this.tip.style.transform = `translate(${left}px, ${Math.max(-24, y - 30)}px)`;
  }

  draw(model) {
    const size = { width: Math.max(50, this.host.clientWidth), height: this.host.clientHeight };
    this.layout = layoutWaterfall(model, size);
    const { bars, height } = this.layout;
    this.svg.setAttribute("width", size.width);
    this.svg.setAttribute("height", height);
    for (const [kind, path] of this.paths) path.setAttribute("d", pathOfBars(bars.filter((bar) => kindOf(bar) === kind && !bar.failed)));
    this.failed.setAttribute("d", pathOfBars(bars.filter((bar) => bar.failed)));
    this.#drawLabels(bars.filter((bar) => bar.hasLabel).slice(0, MAX_LABELS));
    this.#drawAxis();
    this.playhead.show(bars.length > 0, this.layout.rowsEnd + 4);
  }

  #drawLabels(bars) {
    this.labels.replaceChildren();
    for (const bar of bars) {
      const label = make("text", this.labels, "");
      label.setAttribute("x", bar.x + 5);
      label.setAttribute("y", bar.y + bar.height / 2 + 3.5);
      label.textContent = labelOf(bar);
    }
  }

  #drawAxis() {
    this.axis.replaceChildren();
    const { ticks, rowsEnd, width } = this.layout;
    for (const { t, x } of ticks) {
      const line = make("path", this.axis, "");
      line.setAttribute("d", `M${x.toFixed(1)} 0V${rowsEnd + 4}`);
      const label = make("text", this.axis, "");
      label.setAttribute("x", Math.min(x, width - 2));
      label.setAttribute("y", rowsEnd + 15);
      label.setAttribute("text-anchor", x < 20 ? "start" : x > width - 30 ? "end" : "middle");
      label.textContent = t === 0 ? "0" : duration(t);
    }
  }

  /** Mark the bar of the step that is on. */
  showStep(step) {
    const bar = step && this.layout && barOfStep(this.layout, step);
    this.current.setAttribute("visibility", bar ? "visible" : "hidden");
    if (bar) for (const name of ["x", "y", "width", "height"]) this.current.setAttribute(name, bar[name]);
  }

  putPlayhead(tNs) {
    if (this.layout?.bars.length) this.playhead.put(xOfTime(this.layout, tNs));
  }

  runPlayhead(fromNs, toNs, durationMs) {
    if (this.layout?.bars.length) this.playhead.run(xOfTime(this.layout, fromNs), xOfTime(this.layout, toNs), durationMs);
  }
}
