/** The button of each row that lays it beside the request that is open; where none is open, two are chosen one after the other. */

export class Marks {
  /** `onPair(first, second)` is told the ids of two requests. */
  constructor(list, app, onPair) {
    Object.assign(this, { list, app, onPair });
    this.marked = null;
    this.pair = [null, null];
  }

  start() {
    // Before the list takes the press as one that opens the request.
    this.list.addEventListener("click", (event) => this.#press(event), { capture: true });
    new MutationObserver(() => this.#noteAll()).observe(this.list, { childList: true });
  }

  #press(event) {
    const button = event.target.closest(".row-compare");
    if (!button) return;
    event.stopPropagation();
    this.choose(button.closest("[data-trace]").dataset.trace);
  }

  /** Lay a request beside the open one, or beside the one marked before; without either it is marked. */
  choose(id) {
    const other = this.pair[0] ?? this.app.model.id ?? this.marked;
    if (other && other !== id) {
      this.marked = null;
      return this.onPair(other, id);
    }
    this.marked = this.marked === id ? null : id;
    this.app.say(this.marked ? "Now choose the request to compare it with: press the same button in its row, or c on it." : "", "note");
    this.#show();
  }

  /** Show in the list which two are compared. */
  showPair(first, second) {
    this.pair = [first, second];
    this.#show();
  }

  #show() {
    for (const row of this.list.querySelectorAll("[data-pair], [data-marked]")) {
      delete row.dataset.pair;
      delete row.dataset.marked;
    }
    this.#noteAll();
  }

  /** A row that took the place of another one does not know what that was. */
  #noteAll() {
    for (const [index, id] of this.pair.entries()) this.#note(id, "pair", String(index + 1));
    this.#note(this.marked, "marked", "");
  }

  #note(id, name, value) {
    const row = id && this.app.requests.rowOf(id);
    if (row) row.dataset[name] = value;
  }
}
