/** Keeps what is shown of a scrolled list where it is while rows come above it: Safari, unlike the others, does not by itself. */

const INTO_PX = 30;

export class Anchor {
  constructor(list) {
    this.list = list;
    this.row = null;
    this.offset = 0;
  }

  start() {
    this.list.addEventListener("scroll", () => this.#take(), { passive: true });
    new MutationObserver(() => this.#hold()).observe(this.list, { childList: true });
  }

  get isNeeded() {
    return this.list.scrollTop > 0 && getComputedStyle(this.list).overflowAnchor !== "auto";
  }

  #take() {
    this.row = null;
    if (!this.isNeeded) return;
    const { left, top, width } = this.list.getBoundingClientRect();
    this.row = document.elementFromPoint(left + width / 2, top + INTO_PX)?.closest(".row") ?? null;
    this.offset = this.row ? this.row.offsetTop - this.list.scrollTop : 0;
  }

  #hold() {
    if (this.row?.isConnected && this.isNeeded) this.list.scrollTop = this.row.offsetTop - this.offset;
  }
}
