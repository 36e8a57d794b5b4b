/** The panel around the preview: closed, small under the inspector, or large over the page. */

const PAGE_WIDTH = 1180;
const TEXT_WIDTH = 420;

export class PreviewPanel {
  constructor({ panel, room, frame, toggle, size }) {
    Object.assign(this, { panel, room, frame, toggle, size, width: PAGE_WIDTH });
  }

  start() {
    this.toggle.addEventListener("click", () => this.#setSize(this.isClosed ? "small" : "closed"));
    this.size.addEventListener("click", () => this.#setSize(this.panel.dataset.size === "large" ? "small" : "large"));
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.isClosed) this.#setSize("small");
    });
    new ResizeObserver(() => this.#scale()).observe(this.room);
  }

  get isClosed() {
    return this.panel.dataset.size === "closed";
  }

  open() {
    if (this.isClosed) this.#setSize("small");
  }

  /** Make room for a page, or for text, which has no width of its own. */
  fit(isText) {
    this.width = isText ? TEXT_WIDTH : PAGE_WIDTH;
    this.#scale();
  }

  #setSize(size) {
    this.panel.dataset.size = size;
    this.toggle.setAttribute("aria-expanded", String(size !== "closed"));
    this.size.setAttribute("aria-pressed", String(size === "large"));
    this.#scale();
  }

  /** The page inside is as wide as on a screen, and made smaller as a whole. */
  #scale() {
    const { clientWidth: width, clientHeight: height } = this.room;
    const scale = Math.min(1, width / this.width);
    if (scale > 0) Object.assign(this.frame.style, { width: `${width / scale}px`, height: `${height / scale}px`, transform: `scale(${scale})` });
  }
}
