/** The token and its tail: HTML elements above the drawing, moved by Web Animations along points that were sampled once. */

import { alongTheWay } from "./path.js";

const TAIL = 3;
const TAIL_DELAY = 0.07;
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
    this.head.append(document.createElement("i"));
  }

  /** Go along `points` in `ms`; 0 jumps to the end. */
  travel(points, ms) {
    const way = alongTheWay(points);
    const end = way.at(-1);
    this.parts.forEach((element, index) => {
      element.getAnimations().forEach((animation) => animation.cancel());
      element.style.transform = keyframe(end).transform;
      if (ms > 0 && way.length > 1) this.#animate(element, way, ms, (TAIL - index) * TAIL_DELAY * ms);
    });
  }

  #animate(element, way, ms, delay) {
    element.animate(way.map(keyframe), { duration: ms, delay, easing: EASING, fill: "backwards" });
  }

  show(tone, isVisible) {
    const name = ["token", tone, isVisible ? "" : "hidden"].filter(Boolean).join(" ");
    if (this.head.className !== name) this.head.className = name;
    for (const tail of this.parts.slice(0, TAIL)) tail.className = ["token-tail", tone, isVisible ? "" : "hidden"].filter(Boolean).join(" ");
  }
}
