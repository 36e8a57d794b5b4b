/** Finding requests in the list: field, filter, address and key together. */

import { readAddress } from "../address.js";
import { isTyping } from "../keys.js";
import { Anchor } from "./anchor.js";
import { FindBox } from "./box.js";
import { tallyOf } from "./completion.js";
import { OlderRows } from "./older.js";
import { readQuery } from "./query.js";
import { RowFilter } from "./rows.js";

const KEY = "q";
const find = (selector) => document.querySelector(selector);

class Finding {
  constructor(app) {
    this.app = app;
    this.filter = new RowFilter(find("#requests"), (found, all) => this.#count(found, all));
    this.box = new FindBox(
      { field: find("#find"), offers: find("#find-offers"), problem: find("#find-problem"), clear: find("#find-clear") },
      { onText: (text) => this.#look(text), tally: () => tallyOf(this.filter.records) },
    );
    this.older = new OlderRows(find("#requests"), app.mount, () => this.filter.showMore());
    this.text = null;
  }

  start() {
    this.older.start();
    new Anchor(find("#requests")).start();
    this.filter.start();
    this.box.start();
    this.#takeAddress();
    addEventListener("popstate", () => this.#takeAddress());
    document.addEventListener("keydown", (event) => this.#key(event));
    find("#find-none-clear").addEventListener("click", () => find("#find-clear").click());
  }

  #key(event) {
    if (event.key !== KEY || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
    event.preventDefault();
    find("#find").focus();
    find("#find").select();
  }

  #takeAddress() {
    const { find: text } = readAddress();
    if (text === this.text) return;
    this.box.put(text);
    this.#show(text);
  }

  #look(text) {
    this.app.address.set("find", text.trim());
    this.#show(text);
  }

  /** Show what `text` finds. Older rows than those that are there may be among it. */
  #show(text) {
    this.text = text;
    const query = readQuery(text);
    this.box.sayProblem(query.problem);
    this.filter.apply(query.isEmpty ? null : query);
    if (!query.isEmpty) this.older.loadAll();
  }

  #count(found, all) {
    const isFiltered = Boolean(this.filter.query);
    find("#requests-count").textContent = isFiltered ? `${found} of ${all}` : all ? String(all) : "";
    find("#find-none").hidden = !isFiltered || found > 0 || all === 0;
  }
}

export function start(app) {
  new Finding(app).start();
}
