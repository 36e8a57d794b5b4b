/** Rows of the list that come over the socket: gathers them and puts many in their places at once. Without one they are asked for. */

import { replaceRow, rowsOf } from "./requests.js";

/** Each change lays the whole list out anew: what comes within this time is placed together. */
const GATHER_MS = 100;
/** Of many only so many at once, or a tenth where even more wait: a row takes its time to be laid out. */
const MOST_AT_ONCE = 10;

function idOf(html) {
  return /\bdata-trace="([^"]+)"/.exec(html)?.[1] ?? null;
}

export class Arrivals {
  constructor(requests) {
    this.requests = requests;
    /** What is not yet placed: HTML by trace, oldest first. */
    this.waiting = new Map();
    this.placedAt = 0;
    this.timer = null;
    requests.onLoaded = () => this.#placeSoon();
  }

  /** Take a row: it replaces the one of its trace, or goes on top unless the list is paused. */
  take({ content }) {
    const id = idOf(content);
    const { isPaused } = this.requests;
    if (isPaused && !this.waiting.has(id) && !this.requests.rowOf(id)) return this.requests.hold(id);
    this.waiting.set(id, content);
    this.#placeSoon();
  }

  /** Fetch what is newer than the newest row; returns the ids of the new rows, or null where the server does not answer. */
  async poll() {
    const { list, isPaused } = this.requests;
    if (isPaused) return [];
    const idsOf = () => [...list.children].map((row) => row.dataset.trace);
    const before = new Set(idsOf());
    const [newest] = before;
    const isThere = await this.requests.load(`traces/${newest ? `?after=${encodeURIComponent(newest)}` : ""}`, async (html) => {
      if (html.trim()) await htmx.swap({ target: list, text: html, swap: newest ? "afterbegin" : "innerHTML", transition: false });
    });
    return isThere ? idsOf().filter((id) => !before.has(id)) : null;
  }

  #placeSoon() {
    if (!this.waiting.size) return;
    const since = performance.now() - this.placedAt;
    this.timer ??= setTimeout(() => requestAnimationFrame(() => this.#place()), Math.max(0, GATHER_MS - since));
  }

  /** While the list is loaded they wait: what is loaded may be older. */
  #place() {
    this.timer = null;
    if (this.requests.isLoading) return;
    const next = [...this.waiting].slice(0, Math.max(MOST_AT_ONCE, this.waiting.size / 10));
    for (const [id] of next) this.waiting.delete(id);
    const fresh = rowsOf(next.map(([, html]) => html).join("")).filter((row) => !this.#replace(row));
    this.requests.list.prepend(...fresh.reverse());
    this.placedAt = performance.now();
    this.#placeSoon();
  }

  /** Whether there was a row of the same trace. */
  #replace(row) {
    const known = this.requests.rowOf(row.dataset.trace);
    if (known) replaceRow(known, row);
    return Boolean(known);
  }
}
