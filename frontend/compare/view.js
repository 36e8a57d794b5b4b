/** Shows what the server says of two requests, and reports what was pressed in it. */

import { bringIntoView } from "../stacked.js";

export class ComparisonView {
  /** `delegate`: onOpen(traceId, seq or null), onSwap(), onClose(). */
  constructor(host, mount, delegate) {
    Object.assign(this, { host, mount, delegate });
    this.wanted = "";
  }

  start() {
    this.host.addEventListener("click", (event) => this.#press(event));
  }

  #press(event) {
    const button = event.target.closest("[data-compare]");
    if (button) return button.dataset.compare === "swap" ? this.delegate.onSwap() : this.delegate.onClose();
    const link = event.target.closest("a[data-open]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    this.delegate.onOpen(link.dataset.open, link.dataset.seq === undefined ? null : Number(link.dataset.seq));
  }

  async show(first, second) {
    this.wanted = `${this.mount}compare/${first}/${second}/`;
    this.host.hidden = false;
    if (!this.host.firstElementChild) this.#say("Comparing …");
    const url = this.wanted;
    const html = await this.#fetch(url);
    if (this.wanted !== url) return;
    if (html === null) return this.#say("The comparison could not be loaded: the server gave no answer.");
    htmx.swap({ target: this.host, text: html, swap: "innerHTML", transition: false });
    this.host.scrollTop = 0;
    bringIntoView(this.host);
    this.host.querySelector("h2").focus({ preventScroll: true });
  }

  hide() {
    this.wanted = "";
    this.host.hidden = true;
    this.host.replaceChildren();
  }

  async #fetch(url) {
    const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null);
    return answer && (answer.ok || answer.status === 404) ? answer.text() : null;
  }

  #say(text) {
    const line = document.createElement("p");
    line.className = "comparison-wait";
    line.textContent = text;
    this.host.replaceChildren(line);
  }
}
