/** Keeps what stands below the inspector's head, and below the inspector itself, where it is from step to step. */

const TALLEST_HEAD_PX = 270;
const TALLEST_PX = 760;

/** Rooms that only grow while one request is looked at. */
export class Steady {
  constructor(host) {
    this.host = host;
    this.isStarted = false;
    this.forget();
  }

  start() {
    if (this.isStarted) return;
    this.isStarted = true;
    new MutationObserver(() => this.#keep()).observe(this.host, { childList: true, subtree: true, attributes: true, attributeFilter: ["hidden", "open"] });
    // A phone's browser changes its height with every scroll: only the width counts.
    new ResizeObserver(() => this.host.clientWidth !== this.width && this.forget()).observe(this.host);
  }

  /** Another request is shown, or in another width: it may take less room. */
  forget() {
    this.head = 0;
    this.room = 0;
    this.width = this.host.clientWidth;
    this.host.style.minHeight = "";
  }

  #keep() {
    const head = this.host.querySelector(".inspector-head");
    if (head) {
      this.head = Math.max(this.head, Math.min(TALLEST_HEAD_PX, Math.ceil(head.getBoundingClientRect().height)));
      head.style.minHeight = `${this.head}px`;
    }
    // Where the page itself scrolls, the inspector is as high as what stands in it.
    if (getComputedStyle(this.host).overflowY !== "visible") return;
    this.room = Math.max(this.room, Math.min(TALLEST_PX, Math.ceil(this.host.getBoundingClientRect().height)));
    this.host.style.minHeight = `${this.room}px`;
  }
}
