/** Two requests beside each other: chosen in the list, from a chain, or offered; shown in the place of scene, player and inspector. */

import { readAddress } from "../address.js";
import { actionOf, isTyping } from "../keys.js";
import { bringIntoView } from "../stacked.js";
import { Marks } from "./marks.js";
import { Offers } from "./offers.js";
import { ComparisonView } from "./view.js";

const find = (selector) => document.querySelector(selector);
const STAY = new Set(["search", "help"]);

class Comparing {
  constructor(app) {
    this.app = app;
    this.view = new ComparisonView(find("#compare"), app.mount, {
      onOpen: (id, seq) => this.#openStep(id, seq),
      onSwap: () => this.compare(this.second, this.first),
      onClose: () => this.#leave(),
    });
    this.marks = new Marks(find("#requests"), app, (first, second) => this.compare(first, second));
    this.offers = new Offers(find("#compare-offer"), app, (first, second) => this.compare(first, second));
    this.first = this.second = null;
  }

  start() {
    for (const part of [this.view, this.marks, this.offers]) part.start();
    addEventListener("popstate", () => this.#takeAddress());
    document.addEventListener("keydown", (event) => this.#key(event), { capture: true });
    this.app.addEventListener("open", () => this.#opened());
    this.#takeAddress();
  }

  get isOpen() {
    return this.first !== null;
  }

  #takeAddress() {
    const { trace, with: other } = readAddress();
    if (trace && other) this.#show(trace, other);
    else this.#hide();
  }

  /** Compare two requests, as another page to go back from; the first is the one that is open. */
  async compare(first, second) {
    this.app.player.pause();
    this.first = first;
    if (this.app.model.id !== first) await this.app.open(first);
    this.app.address.go({ trace: first, with: second, step: null });
    await this.#show(first, second);
  }

  async #show(first, second) {
    if (this.first === first && this.second === second) return;
    this.app.player.pause();
    this.app.say("");
    Object.assign(this, { first, second });
    find("#app").dataset.view = "compare";
    this.marks.showPair(first, second);
    await this.view.show(first, second);
  }

  #hide() {
    if (!this.isOpen) return;
    this.first = this.second = null;
    delete find("#app").dataset.view;
    this.view.hide();
    this.marks.showPair(null, null);
    // What was hidden had no size to be drawn in.
    this.app.draw();
  }

  /** Another request came to be open, as one that was sent: it is what is wanted now. */
  #opened() {
    if (this.isOpen && this.app.model.id !== this.first) this.#hide();
  }

  async #leave() {
    const id = this.first;
    this.app.address.go({ trace: id, with: null, step: null });
    this.#hide();
    if (this.app.model.id !== id) await this.app.open(id);
    this.#toScene();
  }

  async #openStep(id, seq) {
    this.app.address.go({ trace: id, with: null, step: null });
    this.#hide();
    if (this.app.model.id !== id) await this.app.open(id);
    if (seq !== null) this.app.onPickSeq(seq);
    this.#toScene();
  }

  #toScene() {
    find("#scene").focus({ preventScroll: true });
    bringIntoView(find("#scene"));
  }

  /** While two are compared the player is not to be seen: its keys would move what nobody sees. */
  #key(event) {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "c") return this.#compareKey(event);
    if (!this.isOpen) return;
    const run = { Escape: () => this.#leave(), x: () => this.compare(this.second, this.first) }[event.key];
    if (run) {
      event.preventDefault();
      run();
    }
    const action = actionOf(event)?.action;
    if (action && !STAY.has(action)) event.stopImmediatePropagation();
  }

  #compareKey(event) {
    event.preventDefault();
    const id = event.target.closest?.("[data-trace]")?.dataset.trace;
    if (id) this.marks.choose(id);
    else if (!this.offers.take()) this.app.say("To compare, go to a request in the list and press c: it is laid beside the one that is open.", "note");
  }
}

export function start(app) {
  new Comparing(app).start();
}
