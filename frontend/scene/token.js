/** The token and its tail: HTML elements above the drawing, moved by Web Animations along points that were sampled once. */

import { alongTheWay } from "./path.js";

const TAIL = 3;
const TAIL_DELAY = 0.07;
const HOP_HEIGHT = 15;
const SHORTEST_HOP_MS = 180;
export const EASING = "cubic-bezier(.35,.05,.25,1)";

function keyframe({ x, y, offset }) {
  return { transform: `translate(${x}px, ${y}px)`, offset };
}

export class Token {
  constructor(host) {
    this.parts = Array.from({ length: TAIL + 1 }, (_, index) => {
      const element = document.createElement("div");
      element.className = index === TAIL ? "token" : "token-tail";
      element.setAttribute("aria-hidden", "true");
      host.append(element);
      return element;
    });
    this.head = this.parts[TAIL];
    this.animations = [];
    this.head.append(document.createElement("i"));
  }

  /** Go along `points` in `ms`; 0 jumps to the end. */
  travel(points, ms) {
    const way = alongTheWay(points);
    const end = way.at(-1);
    for (const animation of this.animations) animation.cancel();
    this.animations = [];
    this.parts.forEach((element, index) => {
      element.style.transform = keyframe(end).transform;
      if (ms > 0 && way.length > 1) this.#animate(element, way, ms, (TAIL - index) * TAIL_DELAY * ms);
    });
  }

  #animate(element, way, ms, delay) {
    this.animations.push(element.animate(way.map(keyframe), { duration: ms, delay, easing: EASING, fill: "backwards" }));
  }

  /** In its tone; `isAway`: in another thread than the server's. */
  show(tone, isVisible, isAway = false) {
    const name = ["token", tone, isAway ? "away" : "", isVisible ? "" : "hidden"].filter(Boolean).join(" ");
    if (this.head.className !== name) this.head.className = name;
    for (const tail of this.parts.slice(0, TAIL)) tail.className = ["token-tail", tone, isVisible ? "" : "hidden"].filter(Boolean).join(" ");
  }

  /** Leap to another thread: a hop across the way that it goes. */
  hop(ms) {
    const steps = [0, 1, 0].map((part) => ({ transform: `translateY(${-HOP_HEIGHT * part}px) scale(${1 + 0.25 * part})` }));
    this.head.firstChild.animate(steps, { duration: Math.max(ms, SHORTEST_HOP_MS), easing: "ease-in-out" });
  }
}
