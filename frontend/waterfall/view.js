/** The waterfall on the page: bars by kind, lanes, axis, playhead. Draws the window that `camera.js` looks at; reports scrubbing and clicks. */

import { duration } from "../model/format.js";
import { Playhead } from "../playhead.js";
import { Camera } from "./camera.js";
import { barOfStep, layoutWaterfall, pathOfBars, pathOfWaits, xOfTime } from "./layout.js";
import { labelOf, laneName, titleOf, viewSaid } from "./words.js";

const NS = "http://www.w3.org/2000/svg";
const KINDS = ["client", "server", "middleware", "resolver", "hook", "view", "permission", "signal", "outbound", "form", "template", "cache", "database", "hop", "other"];
const MAX_LABELS = 60;
const AXIS = 18;
const GUTTER = 90;

function make(tag, parent, cls) {
  const element = document.createElementNS(NS, tag);
  if (cls) element.setAttribute("class", cls);
  parent.append(element);
  return element;
}

function box(parent, cls) {
  const element = document.createElement("div");
  element.className = cls;
  parent.append(element);
  return element;
}

function kindOf(bar) {
  return KINDS.includes(bar.kind) ? bar.kind : "other";
}

export class WaterfallView {
  constructor(host, delegate) {
    this.host = host;
    this.room = box(host, "falls");
    // Where it has more rows than fit, the keyboard scrolls it.
    Object.assign(this.room, { tabIndex: 0, role: "group", ariaLabel: "Waterfall" });
    this.svg = make("svg", this.room);
    this.axis = make("svg", host, "axis");
    for (const svg of [this.svg, this.axis]) svg.setAttribute("aria-hidden", "true");
    this.names = make("g", this.svg, "lane-names");
    this.body = make("g", this.svg);
    this.grid = make("path", this.body, "grid");
    this.cuts = make("path", this.body, "cuts");
    this.waits = new Map(KINDS.map((kind) => [kind, make("path", this.body, `bar waits ${kind}`)]));
    this.paths = new Map(KINDS.map((kind) => [kind, make("path", this.body, `bar ${kind}`)]));
    this.failed = make("path", this.body, "bar failed");
    this.leaps = make("path", this.body, "leaps");
    this.strips = make("path", this.body, "strips");
    this.current = make("rect", this.body, "current");
    this.labels = make("g", this.body, "labels");
    this.ticks = make("g", this.axis);
    this.thumb = make("rect", this.axis, "thumb");
    this.tip = box(host, "tip");
    this.tip.hidden = true;
    this.playhead = new Playhead(host);
    this.camera = new Camera(this, delegate);
    this.layout = null;
    this.model = null;
    this.said = document.querySelector("[data-show=view]");
  }

  start() {
    this.camera.start();
  }

  /** Where the bars begin: names of lanes stand before them. */
  get gutter() {
    return this.camera.hasLanes ? GUTTER : 0;
  }

  draw(model) {
    if (model !== this.model) this.camera.fit();
    this.model = model;
    this.redraw();
    if (this.room.clientWidth - this.gutter < this.layout.width) this.redraw();
  }

  redraw() {
    const size = { width: Math.max(50, this.room.clientWidth - this.gutter), height: Math.max(40, this.host.clientHeight - AXIS) };
    this.layout = layoutWaterfall(this.model, size, this.camera);
    const { bars, height, width } = this.layout;
    this.svg.setAttribute("width", width + this.gutter);
    this.svg.setAttribute("height", height);
    this.body.setAttribute("transform", `translate(${this.gutter} 0)`);
    this.#drawBars(bars);
    this.#drawThreads();
    this.#drawLabels(bars.filter((bar) => bar.hasLabel).slice(0, MAX_LABELS));
    this.#drawAxis();
    this.playhead.show(bars.length > 0);
    const said = viewSaid(this.layout, !this.camera.sight);
    if (this.said.textContent !== said) this.said.textContent = said;
    this.camera.showState();
    this.#mark();
    this.putPlayhead(this.tNs);
  }

  #drawBars(bars) {
    for (const [kind, path] of this.paths) {
      const own = bars.filter((bar) => kindOf(bar) === kind);
      path.setAttribute("d", pathOfBars(own.filter((bar) => !bar.failed)));
      this.waits.get(kind).setAttribute("d", pathOfWaits(own));
    }
    this.failed.setAttribute("d", pathOfBars(bars.filter((bar) => bar.failed)));
  }

  #drawThreads() {
    const { lanes, strips, leaps, cuts, rowsEnd } = this.layout;
    this.names.replaceChildren();
    for (const { name, top, bottom } of lanes.filter((lane) => lane.name)) {
      const text = make("text", this.names);
      text.setAttribute("y", top + Math.min(24, (bottom - top) / 2) + 3.5);
      text.textContent = laneName(name);
      make("title", text).textContent = name;
    }
    this.strips.setAttribute("d", strips.map(({ x, y, width, height }) => `M${x.toFixed(1)} ${y}h${width.toFixed(1)}v${height}h${(-width).toFixed(1)}z`).join(""));
    this.leaps.setAttribute("d", leaps.map(({ x, toX, y, toY }) => `M${x.toFixed(1)} ${y.toFixed(1)}L${toX.toFixed(1)} ${toY.toFixed(1)}`).join(""));
    this.cuts.setAttribute("d", cuts.map(({ x, width }) => `M${(x + width * 0.3).toFixed(1)} 0l6 ${rowsEnd / 4}l-6 ${rowsEnd / 4}l6 ${rowsEnd / 4}l-6 ${rowsEnd / 4}M${(x + width * 0.6).toFixed(1)} 0l6 ${rowsEnd / 4}l-6 ${rowsEnd / 4}l6 ${rowsEnd / 4}l-6 ${rowsEnd / 4}`).join(""));
  }

  #drawLabels(bars) {
    this.labels.replaceChildren();
    for (const bar of bars) {
      const label = make("text", this.labels, "");
      const x = Math.max(0, bar.x);
      label.setAttribute("x", x + 5);
      label.setAttribute("y", bar.y + bar.height / 2 + 3.5);
      label.textContent = labelOf({ ...bar, width: bar.x + bar.width - x });
    }
  }

  #drawAxis() {
    const { ticks, rowsEnd, width, whole, from, to } = this.layout;
    this.axis.setAttribute("width", width + this.gutter);
    this.axis.setAttribute("height", AXIS);
    this.ticks.setAttribute("transform", `translate(${this.gutter} 0)`);
    this.grid.setAttribute("d", ticks.map(({ x }) => `M${x.toFixed(1)} 0V${Math.max(rowsEnd, this.host.clientHeight - AXIS)}`).join(""));
    this.ticks.replaceChildren();
    for (const { t, x } of ticks) {
      const label = make("text", this.ticks, "");
      label.setAttribute("x", Math.min(x, width - 2));
      label.setAttribute("y", 11);
      label.setAttribute("text-anchor", x < 20 ? "start" : x > width - 30 ? "end" : "middle");
      label.textContent = t === 0 ? "0" : duration(t);
    }
    const share = (t) => this.gutter + ((t - whole.from) / (whole.to - whole.from)) * width;
    const [left, right] = [share(from), share(to)];
    this.thumb.setAttribute("visibility", this.camera.sight ? "visible" : "hidden");
    Object.entries({ x: left, y: AXIS - 3, width: Math.max(4, right - left), height: 3, rx: 1.5 }).forEach(([name, value]) => this.thumb.setAttribute(name, value));
  }

  showTip(bar, x, y) {
    this.tip.hidden = !bar;
    if (!bar) return;
    this.tip.textContent = titleOf(bar);
    const left = Math.max(0, Math.min(this.gutter + x + 12, this.layout.width + this.gutter - this.tip.offsetWidth));
    this.tip.style.transform = `translate(${left}px, ${Math.max(-24, y - this.room.scrollTop - 30)}px)`;
  }

  /** Mark the bar of the step that is on, and keep it in the window. */
  showStep(step) {
    this.step = step;
    if (step && this.layout && this.camera.reveal(step.tNs)) this.redraw();
    else this.#mark();
  }

  #mark() {
    const bar = this.step && this.layout && barOfStep(this.layout, this.step);
    this.current.setAttribute("visibility", bar ? "visible" : "hidden");
    if (bar) for (const name of ["x", "y", "width", "height"]) this.current.setAttribute(name, bar[name]);
  }

  putPlayhead(tNs) {
    this.tNs = tNs;
    if (this.layout?.bars.length && tNs !== undefined) this.playhead.put(this.gutter + xOfTime(this.layout, tNs));
  }

  runPlayhead(fromNs, toNs, durationMs) {
    this.tNs = toNs;
    if (this.layout?.bars.length) this.playhead.run(this.gutter + xOfTime(this.layout, fromNs), this.gutter + xOfTime(this.layout, toNs), durationMs);
  }
}
