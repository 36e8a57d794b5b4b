/** The line over the scene: what was asked, what came of it, and what the browser asked for next. */

import { costOf, headlineOf } from "./model/headline.js";

export class HeadlineView {
  /** `onOpen(traceId)` is called when the request that followed is wanted. */
  constructor(host, cost, onOpen) {
    this.host = host;
    this.cost = cost;
    this.button = host.querySelector("#follow-up");
    this.next = null;
    this.button.addEventListener("click", () => onOpen(this.next.id));
  }

  /** Show `model`, and `next`, the head of the trace that followed it, if any. */
  show(model, next = null) {
    const { request, status, sentence, kind } = headlineOf(model);
    this.host.dataset.kind = kind;
    this.#write("request", request);
    this.#write("status", status);
    this.#write("sentence", request ? sentence : "");
    this.cost.textContent = costOf(model);
    this.cost.title = this.cost.textContent;
    this.next = next;
    this.button.hidden = !next;
    this.button.textContent = next ? `then ${next.request.method} ${next.request.path} →` : "";
  }

  #write(name, text) {
    const element = this.host.querySelector(`[data-show="${name}"]`);
    if (element.textContent === text) return;
    element.textContent = text;
    element.title = text;
  }
}
