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

/** Rows that are laid out at once: where more match, the rest is shown as the list is scrolled. */
const PORTION = 300;

export class RowFilter {
  /** `onCount(found, all)` is called when either has changed. */
  constructor(list, onCount) {
    Object.assign(this, { list, onCount });
    this.query = null;
    this.others = new Set();
    this.waiting = new Set();
  }

  start() {
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
    this.others.clear();
    this.waiting.clear();
    let room = PORTION;
    for (const row of this.rows) if (this.#judge(row, room > 0)) room -= 1;
    this.#tell();
  }

  /** Show more of what matches; false if all of it is shown. */
  showMore() {
    const more = [...this.waiting].slice(0, PORTION);
    for (const row of more) {
      this.waiting.delete(row);
      row.hidden = false;
    }
    return more.length > 0;
  }

  /** Whether a row matches and is shown. */
  #judge(row, hasRoom) {
    this.#forget(row);
    const isFound = !this.query || this.query.matches(recordOf(row));
    if (!isFound) this.others.add(row);
    else if (!hasRoom) this.waiting.add(row);
    const isShown = isFound && hasRoom;
    if (row.hidden === isShown) row.hidden = !isShown;
    return isShown;
  }

  #forget(row) {
    this.others.delete(row);
    this.waiting.delete(row);
  }

  /** New rows at the end wait for those before them. */
  #changed(changes) {
    for (const { addedNodes, removedNodes, nextSibling } of changes) {
      for (const row of removedNodes) this.#forget(row);
      const hasRoom = nextSibling !== null || this.rows.length - this.others.size <= PORTION;
      for (const row of addedNodes) if (row.isConnected && row.dataset?.trace) this.#judge(row, hasRoom);
    }
    this.#tell();
  }

  #tell() {
    this.onCount(this.rows.length - this.others.size, this.rows.length);
  }
}
