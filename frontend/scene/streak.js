/** The line behind the travelling token, where the way is straight: an element that grows by `transform` alone, without painting. */

import { EASING } from "./token.js";

function along([x, y], angle, length) {
  return `translate(${x}px, ${y}px) rotate(${angle}rad) scaleX(${length})`;
}

function isStraight(points) {
  const [[x0, y0], [x1, y1]] = [points[0], points.at(-1)];
  return points.every(([x, y]) => Math.abs(x - x0) < 0.5 && Math.abs(x - x1) < 0.5) || points.every(([, y]) => Math.abs(y - y0) < 0.5 && Math.abs(y - y1) < 0.5);
}

export class Streak {
  constructor(host) {
    this.element = document.createElement("div");
    this.element.className = "streak";
    this.element.setAttribute("aria-hidden", "true");
    this.animation = null;
    host.append(this.element);
  }

  /** Grow from the first to the last of `points` in `ms`, as the token goes. Ways with corners have none. */
  draw(points, ms) {
    this.clear();
    const [from, to] = [points[0], points.at(-1)];
    if (points.length < 2 || !isStraight(points)) return;
    const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    this.animation = this.element.animate([{ transform: along(from, angle, 0) }, { transform: along(from, angle, length) }], { duration: ms, easing: EASING });
  }

  clear() {
    this.animation?.cancel();
    this.animation = null;
  }
}
