/** The list of requests: rows come as HTML from the server; this selects, pauses and trims. */

/** A request that runs longer than this is seen to wait. Most do not, and each motion begun and ended costs a drawing. */
const WAITS_MS = 400;

export function rowsOf(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return [...holder.content.children];
}

/** Put a row that is told anew in the place of the former; which of its buttons has the focus keeps it. */
export function replaceRow(known, row) {
  const focused = [...known.querySelectorAll("button")].indexOf(document.activeElement);
  known.replaceWith(row);
  row.querySelectorAll("button")[focused]?.focus({ preventScroll: true });
}

export class Requests {
  /** `delegate`: onOpen(traceId). */
  constructor({ list, empty, pause }, mount, delegate) {
    Object.assign(this, { list, empty, pauseButton: pause, mount, delegate });
    this.isPaused = false;
    this.held = new Set();
    this.openId = null;
    this.isLoading = false;
    /** Called when the list has been loaded anew. */
    this.onLoaded = null;
  }

  start() {
    this.list.addEventListener("click", (event) => this.#pick(event));
    this.list.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.matches("[data-trace]")) this.#pick(event);
    });
    this.pauseButton.addEventListener("click", () => this.#togglePause());
    new MutationObserver((changes) => this.#rowsChanged(changes)).observe(this.list, { childList: true });
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

  /** Count a row that came while the list is paused. */
  hold(id) {
    this.held.add(id);
    this.#showPause();
  }

  #togglePause() {
    this.isPaused = !this.isPaused;
    if (!this.isPaused && this.held.size) this.reload();
    this.held.clear();
    this.#showPause();
  }

  #showPause() {
    this.pauseButton.setAttribute("aria-pressed", String(this.isPaused));
    this.pauseButton.querySelector("[data-label]").textContent = this.isPaused ? (this.held.size ? `${this.held.size} new` : "Paused") : "Pause";
  }

  async reload() {
    await this.load("traces/", (html) => this.#merge(rowsOf(html)));
  }

  /** Put the newest rows in their place; older ones stay, and with them the place to which the list is scrolled. */
  #merge(rows) {
    if (!rows.some((row) => this.rowOf(row.dataset.trace))) return this.list.replaceChildren(...rows);
    let next = this.list.firstElementChild;
    for (const row of rows) {
      const known = this.rowOf(row.dataset.trace);
      if (known) replaceRow(known, row);
      else this.list.insertBefore(row, next);
      next = row.nextElementSibling;
    }
  }

  /** Whether the server has answered, or is still being asked. */
  async load(path, take) {
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
      this.onLoaded?.();
    }
  }

  #rowsChanged(changes) {
    for (const row of changes.flatMap(({ addedNodes }) => [...addedNodes])) {
      if (row.classList?.contains("row-running")) setTimeout(() => row.classList.add("row-waits"), WAITS_MS);
    }
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
