/** The list of requests: rows come as HTML from the server; this selects, pauses and trims. */

function rowsOf(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return [...holder.content.children];
}

function idOf(html) {
  return /\bdata-trace="([^"]+)"/.exec(html)?.[1] ?? null;
}

export class Requests {
  /** `delegate`: onOpen(traceId). */
  constructor({ list, empty, pause }, mount, delegate) {
    Object.assign(this, { list, empty, pauseButton: pause, mount, delegate });
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
    return document.getElementById(`trace-${id}`);
  }

  get newestId() {
    return this.list.firstElementChild?.dataset.trace ?? null;
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
    await this.#load("traces/", (html) => this.#merge(rowsOf(html)));
  }

  /** Put the newest rows in their place; older ones stay, and with them the place to which the list is scrolled. */
  #merge(rows) {
    if (!rows.some((row) => this.rowOf(row.dataset.trace))) return this.list.replaceChildren(...rows);
    let next = this.list.firstElementChild;
    for (const row of rows) {
      const known = this.rowOf(row.dataset.trace);
      if (known) known.replaceWith(row);
      else this.list.insertBefore(row, next);
      next = row.nextElementSibling;
    }
  }

  /** Fetch what is newer than the newest row; returns the ids of the new rows, or null where the server does not answer. */
  async poll() {
    if (this.isPaused) return [];
    const known = this.newestId;
    const before = new Set([...this.list.children].map((row) => row.dataset.trace));
    const isThere = await this.#load(`traces/${known ? `?after=${encodeURIComponent(known)}` : ""}`, async (html) => {
      if (html.trim()) await htmx.swap({ target: this.list, text: html, swap: known ? "afterbegin" : "innerHTML", transition: false });
    });
    return isThere ? [...this.list.children].map((row) => row.dataset.trace).filter((id) => !before.has(id)) : null;
  }

  /** Whether the server has answered, or is still being asked. */
  async #load(path, take) {
    if (this.isLoading) return true;
    this.isLoading = true;
    try {
      const answer = await fetch(this.mount + path, { headers: { "HX-Request": "true" } });
      if (answer.ok) await take(await answer.text());
      return answer.ok;
    } catch {
      return false;
    } finally {
      this.isLoading = false;
    }
  }

  #rowsChanged() {
    while (this.list.childElementCount > Number(this.list.dataset.max)) this.list.lastElementChild.remove();
    this.empty.hidden = this.list.childElementCount > 0;
    this.mark(this.openId);
  }

  /** Mark the row of the trace that is open. */
  mark(id) {
    if (this.openId !== id) this.rowOf(this.openId)?.removeAttribute("aria-current");
    this.openId = id;
    this.rowOf(id)?.setAttribute("aria-current", "true");
  }
}
