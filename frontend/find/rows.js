/** The rows of the list as records, and which of them are shown: hides the rest, of new rows before they are painted. */

const records = new WeakMap();

function numberOf(text) {
  return text ? Number(text) : null;
}

function makeRecord(row) {
  const { method = "", status = "", outcome = "", by = "", user = "", ms, queries } = row.dataset;
  const path = row.querySelector(".row-path").textContent;
  return {
    shown: { method, status, outcome, by, user },
    method: method.toLowerCase(),
    status: numberOf(status),
    outcome,
    by: by.toLowerCase(),
    user: user.toLowerCase(),
    path: path.toLowerCase(),
    ms: numberOf(ms),
    queries: Number(queries ?? 0),
    text: row.textContent.toLowerCase(),
  };
}

/** What a row tells, as `query.js` compares it. */
export function recordOf(row) {
  if (!records.has(row)) records.set(row, makeRecord(row));
  return records.get(row);
}

/** Rows that are laid out at once: where more match, the rest is shown as the list is scrolled. A row that comes moves them all. */
const PORTION = 80;
const NEAR_TOP_PX = 600;

export class RowFilter {
  /** `onCount(found, all)` is called when either has changed. */
  constructor(list, onCount) {
    Object.assign(this, { list, onCount });
    this.query = null;
    /** Each row is in one of them: it is shown, it waits for those before it, or it is not looked for. */
    this.shown = new Set();
    this.waiting = new Set();
    this.others = new Set();
    this.isNearTop = true;
  }

  start() {
    // Where rows come the list is not laid out yet, and asking for its place would do that twice.
    this.list.addEventListener("scroll", () => (this.isNearTop = this.list.scrollTop < NEAR_TOP_PX), { passive: true });
    new MutationObserver((changes) => this.#changed(changes)).observe(this.list, { childList: true });
  }

  get rows() {
    return this.list.children;
  }

  get records() {
    return [...this.rows].map(recordOf);
  }

  /** Show the rows that match `query`, all if it is null. */
  apply(query) {
    this.query = query;
    for (const kind of this.#kinds) kind.clear();
    for (const row of this.rows) this.#judge(row, this.shown.size < PORTION);
    this.#tell();
  }

  /** Show more of what matches; false if all of it is shown. */
  showMore() {
    const more = [...this.rows].filter((row) => this.waiting.has(row)).slice(0, PORTION);
    for (const row of more) this.#put(row, this.shown);
    return more.length > 0;
  }

  /** Where many came, let the last ones wait again: they are far below what is in sight. */
  #hideLast() {
    if (!this.isNearTop) return;
    for (let row = this.list.lastElementChild; row && this.shown.size > PORTION; row = row.previousElementSibling) {
      if (this.shown.has(row)) this.#put(row, this.waiting);
    }
  }

  #judge(row, hasRoom) {
    const isFound = !this.query || this.query.matches(recordOf(row));
    this.#put(row, !isFound ? this.others : hasRoom ? this.shown : this.waiting);
  }

  #put(row, kind) {
    this.#forget(row);
    kind.add(row);
    const isHidden = kind !== this.shown;
    if (row.hidden !== isHidden) row.hidden = isHidden;
  }

  #forget(row) {
    for (const kind of this.#kinds) kind.delete(row);
  }

  get #kinds() {
    return [this.shown, this.waiting, this.others];
  }

  /** New rows at the end wait for those before them, and so does one that takes the place of a row that waits. */
  #changed(changes) {
    for (const { addedNodes, removedNodes, nextSibling } of changes) {
      const mayWait = nextSibling === null || [...removedNodes].some((row) => this.waiting.has(row));
      for (const row of removedNodes) this.#forget(row);
      for (const row of addedNodes) if (row.isConnected && row.dataset?.trace) this.#judge(row, !mayWait || this.shown.size < PORTION);
    }
    this.#hideLast();
    this.#tell();
  }

  #tell() {
    this.onCount(this.rows.length - this.others.size, this.rows.length);
  }
}
