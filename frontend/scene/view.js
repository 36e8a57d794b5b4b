/** The scene on the page: draws a layout, shows a step of it, moves the token. Reports a picked place; decides nothing. */

import { stateOf } from "./parts.js";
import { Painter } from "./painter.js";
import { Streak } from "./streak.js";
import { Token } from "./token.js";
import { toneAt } from "../model/verdict.js";

const NS = "http://www.w3.org/2000/svg";
const MARGIN = 70;

function makeSvg(host) {
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("role", "graphics-document");
  svg.setAttribute("aria-roledescription", "drawing of the request cycle");
  const layers = ["back", "trail"].map((name) => {
    const layer = document.createElementNS(NS, "g");
    layer.setAttribute("class", name);
    svg.append(layer);
    return layer;
  });
  host.append(svg);
  return { svg, back: layers[0], trail: layers[1] };
}

export class SceneView {
  constructor(scroller, delegate) {
    this.scroller = scroller;
    this.delegate = delegate;
    this.stage = scroller.querySelector(".stage") ?? scroller;
    Object.assign(this, makeSvg(this.stage));
    this.painter = new Painter(this.back);
    this.segments = new Map();
    this.streak = new Streak(this.stage);
    this.token = new Token(this.stage);
    this.layout = null;
    this.end = null;
    /** By how much the stage is enlarged; camera/view.js sets it. */
    this.zoom = 1;
  }

  start() {
    this.svg.addEventListener("click", (event) => this.#pick(event));
    this.svg.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.#pick(event);
    });
  }

  #pick(event) {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (key) this.delegate.onPick(key);
  }

  /** The steps during which the group `key` is lit. */
  stepsAt(key) {
    return (this.layout?.spots ?? []).flatMap(({ areas }, index) => (areas.includes(key) ? [index] : []));
  }

  get room() {
    return { width: this.scroller.clientWidth, height: this.scroller.clientHeight };
  }

  /** Draw `layout`; what is lit is set by `show`. */
  draw(layout, label) {
    this.layout = layout;
    this.svg.setAttribute("aria-label", label);
    this.svg.setAttribute("width", layout.width);
    this.svg.setAttribute("height", layout.height);
    this.stage.style.height = `${layout.height}px`;
    this.painter.paint(layout.groups);
    this.#drawSegments(layout.track.segments);
  }

  #drawSegments(segments) {
    const keys = new Set(segments.map((segment) => segment.key));
    for (const [key, element] of this.segments) {
      if (keys.has(key)) continue;
      element.remove();
      this.segments.delete(key);
    }
    for (const segment of segments) {
      const element = this.segments.get(segment.key) ?? this.#addSegment(segment.key);
      if (element.getAttribute("d") !== segment.d) element.setAttribute("d", segment.d);
    }
  }

  #addSegment(key) {
    const element = document.createElementNS(NS, "path");
    this.trail.append(element);
    this.segments.set(key, element);
    return element;
  }

  /** Light the picture for step `index` and bring the token there in `travelMs` (0 jumps). */
  show(index, travelMs = 0) {
    const { layout } = this;
    if (!layout) return;
    const spot = layout.spots[index];
    this.#light(index, spot?.areas ?? []);
    this.#showTrail(index, spot, travelMs);
    const tone = toneAt(layout.tones, index);
    this.token.show(tone, Boolean(spot), spot?.isAway);
    if (travelMs > 0 && spot?.isAway !== layout.spots[index - 1]?.isAway && index > 0) this.token.hop(travelMs);
    this.streak.element.className = `streak ${tone}`;
    if (spot) this.#move(spot.points, travelMs);
  }

  /** A redraw that leaves the token where it is, or is going to, does not disturb it. */
  #move(points, travelMs) {
    const end = points.at(-1).join();
    if (travelMs === 0 && end === this.end) return;
    if (travelMs > 0) this.streak.draw(points, travelMs);
    else this.streak.clear();
    const wasInSight = this.#isInSight(this.at?.[1] ?? 0);
    this.end = end;
    this.at = points.at(-1);
    this.token.travel(points, travelMs);
    this.#follow(this.at, travelMs, wasInSight);
  }

  #light(index, areas) {
    for (const group of this.layout.groups) {
      const element = this.painter.groups.get(group.key);
      this.painter.setClass(element, `${group.kind} ${stateOf(group, index, areas)}`);
      for (const part of group.parts) {
        const isLater = part.from > index && index >= 0;
        this.painter.setClass(this.painter.parts.get(part.key), isLater ? `${part.cls} later` : part.cls);
      }
    }
  }

  /** The trail so far. What is being passed right now is lit when the token has arrived: until then its streak is seen. */
  #showTrail(index, spot, travelMs) {
    clearTimeout(this.arrival);
    const isOnTheWay = travelMs > 0 && spot;
    this.#lightTrail(isOnTheWay ? index - 1 : index);
    if (isOnTheWay) this.arrival = setTimeout(() => this.#lightTrail(index), travelMs);
  }

  #lightTrail(index) {
    for (const segment of this.layout.track.segments) {
      const isDone = segment.at !== null && segment.at <= index;
      this.painter.setClass(this.segments.get(segment.key), isDone ? `segment done ${segment.tone}` : "segment");
    }
  }

  /** Keep the token in sight where the drawing is larger than its room. */
  #follow([x, y], travelMs, wasInSight) {
    if (this.zoom < 1) return;
    const behavior = travelMs > 0 ? "smooth" : "instant";
    const { scrollTop, scrollLeft, clientHeight, clientWidth, scrollHeight, scrollWidth } = this.scroller;
    if (scrollHeight <= clientHeight + 1 && scrollWidth <= clientWidth + 1) {
      if (wasInSight && !this.#isInSight(y)) scrollBy({ top: this.#onScreen(y) - innerHeight / 2, behavior });
      return;
    }
    const [left, top] = [x * this.zoom, y * this.zoom];
    const isOut = (at, start, size) => at < start + MARGIN || at > start + size - MARGIN;
    if (!isOut(top, scrollTop, clientHeight) && !isOut(left, scrollLeft, clientWidth)) return;
    this.scroller.scrollTo({ top: top - clientHeight / 2, left: left - clientWidth / 2, behavior });
  }

  #onScreen(y) {
    return this.stage.getBoundingClientRect().top + y * this.zoom;
  }

  /** On a phone the page itself scrolls: it follows the token only for who was looking at it. */
  #isInSight(y) {
    const at = this.#onScreen(y);
    return at > 0 && at < innerHeight - 2 * MARGIN;
  }
}
