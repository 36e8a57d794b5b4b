/** The list of requests: rows come as HTML from the server; this selects, pauses and trims. */

const MAX_ROWS = 200;

function idOf(html) {
  return /\bdata-trace="([^"]+)"/.exec(html)?.[1] ?? null;
}

export class Requests {
  /** `delegate`: onOpen(traceId). */
  constructor({ list, empty, pause, count }, mount, delegate) {
    Object.assign(this, { list, empty, pauseButton: pause, countLabel: count, mount, delegate });
    this.isPaused = false;
    this.held = 0;
    this.openId = null;
    this.isLoading = false;
  }

  start() {
    this.list.addEventListener("click", (event) => this.#pick(event));
    this.list.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.matches("[data-trace]")) this.#pick(event);
    });
    this.pauseButton.addEventListener("click", () => this.#togglePause());
    new MutationObserver(() => this.#rowsChanged()).observe(this.list, { childList: true });
    this.reload();
  }

  #pick(event) {
    const row = event.target.closest("[data-trace]");
    if (!row || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    this.delegate.onOpen(row.dataset.trace);
  }

  rowOf(id) {
    return this.list.querySelector(`[data-trace="${CSS.escape(id)}"]`);
  }

  get newestId() {
    return this.list.querySelector("[data-trace]")?.dataset.trace ?? null;
  }

  /** Whether htmx is to swap this row: not while the list is paused, nor one that is there already. */
  admits({ content, swap }) {
    const isThere = Boolean(this.rowOf(idOf(content) ?? ""));
    if (swap !== "afterbegin") return isThere || this.#addLate(content);
    if (this.isPaused) this.#hold();
    return !this.isPaused && !isThere;
  }

  /** A row whose beginning fell into a reload of the list. */
  #addLate(content) {
    if (!this.isPaused) htmx.swap({ target: this.list, text: content, swap: "afterbegin", transition: false });
    return false;
  }

  #hold() {
    this.held += 1;
    this.#showPause();
  }

  #togglePause() {
    this.isPaused = !this.isPaused;
    if (!this.isPaused && this.held) this.reload();
    this.held = 0;
    this.#showPause();
  }

  #showPause() {
    this.pauseButton.setAttribute("aria-pressed", String(this.isPaused));
    this.pauseButton.querySelector("[data-label]").textContent = this.isPaused ? (this.held ? `${this.held} new` : "Paused") : "Pause";
  }

  async reload() {
    await this.#load("traces/", (html) => htmx.swap({ target: this.list, text: html, swap: "innerHTML", transition: false }));
  }

  /** Fetch what is newer than the newest row; returns the ids of the new rows. */
  async poll() {
    if (this.isPaused) return [];
    const known = this.newestId;
    const before = new Set([...this.list.children].map((row) => row.dataset.trace));
    await this.#load(`traces/${known ? `?after=${encodeURIComponent(known)}` : ""}`, async (html) => {
      if (html.trim()) await htmx.swap({ target: this.list, text: html, swap: known ? "afterbegin" : "innerHTML", transition: false });
    });
    return [...this.list.children].map((row) => row.dataset.trace).filter((id) => !before.has(id));
  }

  async #load(path, take) {
    if (this.isLoading) return;
    this.isLoading = true;
    try {
      const answer = await fetch(this.mount + path, { headers: { "HX-Request": "true" } });
      if (answer.ok) await take(await answer.text());
    } catch {
      // The status pill says that the server is away.
    } finally {
      this.isLoading = false;
    }
  }

  #rowsChanged() {
    const rows = [...this.list.querySelectorAll("[data-trace]")];
    for (const row of rows.slice(MAX_ROWS)) row.remove();
    this.empty.hidden = rows.length > 0;
    this.countLabel.textContent = rows.length ? String(Math.min(rows.length, MAX_ROWS)) : "";
    this.mark(this.openId);
  }

  /** Mark the row of the trace that is open. */
  mark(id) {
    this.openId = id;
    for (const row of this.list.querySelectorAll("[aria-current]")) if (row.dataset.trace !== id) row.removeAttribute("aria-current");
    const row = id && this.rowOf(id);
    if (row && row.getAttribute("aria-current") !== "true") row.setAttribute("aria-current", "true");
  }
}
