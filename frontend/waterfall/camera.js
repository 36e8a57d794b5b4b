/** Which part of the waterfall is looked at: zoom, pan, a range drawn with the pointer, lanes and cuts. Moves the window; the view draws. */

import { barAt, timeAtX } from "./layout.js";
import { moved, zoomed } from "./scale.js";

const KEPT = "cycle.waterfall";
const STEP = 1.6;
const PAN_SHARE = 0.25;
const WHEEL_STEP = 0.0045;
const LEAST_RANGE = 5;
/** A pointer that moves less than this picks; more, and it drags the playhead. */
const STILL = 4;

function readKept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

export class Camera {
  constructor(view, delegate) {
    this.view = view;
    this.delegate = delegate;
    this.sight = null;
    this.wantsLanes = Boolean(readKept().lanes);
    this.hasCuts = Boolean(readKept().cuts);
    this.isDue = false;
    this.rangeFrom = null;
    this.pressedAt = null;
    this.range = document.createElement("div");
    this.range.className = "range";
    this.range.hidden = true;
    view.host.append(this.range);
  }

  get hasLanes() {
    return this.wantsLanes;
  }

  start() {
    const { host } = this.view;
    host.addEventListener("pointerdown", (event) => this.#grab(event));
    host.addEventListener("pointermove", (event) => this.#move(event));
    host.addEventListener("pointerup", (event) => this.#release(event));
    host.addEventListener("pointercancel", () => this.#endRange());
    host.addEventListener("pointerleave", () => (this.view.tip.hidden = true));
    host.addEventListener("dblclick", () => this.#act(() => this.fit()));
    host.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    Object.assign(this.delegate.actions, {
      waterfallIn: () => this.#act(() => this.#zoom(STEP)),
      waterfallOut: () => this.#act(() => this.#zoom(1 / STEP)),
      waterfallLeft: () => this.#act(() => this.#pan(-PAN_SHARE)),
      waterfallRight: () => this.#act(() => this.#pan(PAN_SHARE)),
      waterfallFit: () => this.#act(() => this.fit()),
      waterfallLanes: () => this.#toggle("wantsLanes"),
      waterfallCuts: () => this.#toggle("hasCuts"),
    });
  }

  /** Look at all of it. */
  fit() {
    this.sight = null;
  }

  /** Move the window so that `tNs` is in it; whether that was needed. */
  reveal(tNs) {
    const { sight, view } = this;
    if (!sight || (tNs >= sight.from && tNs <= sight.to)) return false;
    this.sight = moved(sight, view.layout.whole, tNs - sight.from - (sight.to - sight.from) * PAN_SHARE);
    return true;
  }

  #act(change) {
    if (!this.view.layout?.bars.length) return;
    change();
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      this.view.redraw();
    });
  }

  #toggle(what) {
    this[what] = !this[what];
    try {
      localStorage.setItem(KEPT, JSON.stringify({ lanes: this.wantsLanes, cuts: this.hasCuts }));
    } catch {
      // A browser that keeps nothing: the choice holds for this visit.
    }
    this.#act(() => {});
  }

  #setSight(sight) {
    const { whole } = this.view.layout;
    this.sight = sight.to - sight.from >= (whole.to - whole.from) * 0.999 ? null : sight;
  }

  /** Around `t`, or the playhead where it is in sight, or the middle. */
  #zoom(factor, t = null) {
    const { layout, tNs } = this.view;
    const now = this.sight ?? layout.whole;
    const isInSight = tNs >= now.from && tNs <= now.to;
    this.#setSight(zoomed(now, layout.whole, t ?? (isInSight ? tNs : (now.from + now.to) / 2), factor));
  }

  #pan(share) {
    if (this.sight) this.sight = moved(this.sight, this.view.layout.whole, (this.sight.to - this.sight.from) * share);
  }

  #wheel(event) {
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    const isZoom = event.ctrlKey || event.metaKey;
    if (!isZoom && !(sideways && Math.abs(sideways) >= Math.abs(event.shiftKey ? 0 : event.deltaY))) return;
    event.preventDefault();
    const [x] = this.#pointOf(event);
    if (isZoom) this.#act(() => this.#zoom(Math.exp(-event.deltaY * WHEEL_STEP), timeAtX(this.view.layout, x)));
    else this.#act(() => this.#pan(sideways / this.view.layout.width));
  }

  /** [x, y] of the pointer among the bars. */
  #pointOf(event) {
    const frame = this.view.svg.getBoundingClientRect();
    return [event.clientX - frame.left - this.view.gutter, event.clientY - frame.top];
  }

  /** Pressed and let go: a bar is selected, elsewhere the playhead is put there. Dragged: the playhead follows; on the axis, or with Shift, a range is drawn. */
  #grab(event) {
    const { layout, host, axis } = this.view;
    if (!layout?.bars.length || event.button > 0) return;
    host.setPointerCapture(event.pointerId);
    const [x, y] = this.#pointOf(event);
    this.pressedAt = { x, y, isDrag: false };
    if (event.shiftKey || axis.contains(event.target)) this.#beginRange(x);
  }

  #move(event) {
    const { layout } = this.view;
    if (!layout?.bars.length) return;
    const [x, y] = this.#pointOf(event);
    if (this.rangeFrom !== null) return this.#showRange(x);
    if (!this.pressedAt) return this.view.showTip(barAt(layout, x, y), x, y);
    this.pressedAt.isDrag ||= Math.abs(x - this.pressedAt.x) >= STILL;
    if (this.pressedAt.isDrag) this.delegate.onScrubTime(timeAtX(layout, x));
  }

  #pick({ x, y }) {
    const { layout } = this.view;
    const bar = this.rangeFrom === null ? barAt(layout, x, y) : null;
    if (bar) this.delegate.onPickSeq(bar.seq);
    else this.delegate.onScrubTime(timeAtX(layout, x));
  }

  #beginRange(x) {
    this.rangeFrom = x;
    this.view.tip.hidden = true;
    this.#showRange(x);
  }

  #showRange(x) {
    const [a, b] = [this.rangeFrom, x].sort((one, other) => one - other);
    this.range.hidden = false;
    this.range.style.left = `${this.view.gutter + a}px`;
    this.range.style.width = `${b - a}px`;
  }

  #release(event) {
    const { pressedAt, rangeFrom } = this;
    if (!pressedAt) return;
    const [a, b] = [pressedAt.x, this.#pointOf(event)[0]].sort((one, other) => one - other);
    const { layout } = this.view;
    if (rangeFrom !== null && b - a >= LEAST_RANGE) this.#act(() => this.#setSight({ from: timeAtX(layout, a), to: timeAtX(layout, b) }));
    else if (!pressedAt.isDrag) this.#pick(pressedAt);
    this.#endRange();
  }

  #endRange() {
    this.pressedAt = null;
    this.rangeFrom = null;
    this.range.hidden = true;
  }

  /** Show on the buttons what is chosen, and which of them have something to do. */
  showState() {
    const button = (action) => document.querySelector(`[data-action="${action}"]`);
    button("waterfallLanes").setAttribute("aria-pressed", String(this.hasLanes));
    button("waterfallCuts").setAttribute("aria-pressed", String(this.hasCuts));
    this.view.host.dataset.zoomed = String(Boolean(this.sight));
  }
}
