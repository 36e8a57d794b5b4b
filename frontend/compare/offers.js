/** Offers to compare where it shows the most: a sample with its twin, and a request with the same one sent after it. */

const LOOK_MS = 60;
const PATIENCE_MS = 15_000;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Offers {
  /** `onPair(first, second)` is told the ids of two requests. */
  constructor(button, app, onPair) {
    Object.assign(this, { button, app, onPair });
    /** By trace: the sample that it was sent as. By sample: the latest trace of it. */
    this.sampleOf = new Map();
    this.latestOf = new Map();
    this.isBusy = false;
  }

  start() {
    this.button.addEventListener("click", () => this.take());
    this.app.addEventListener("open", () => this.#opened());
    // The end of another request too: it may be the one that followed.
    for (const what of ["draw", "end"]) this.app.addEventListener(what, () => this.#show());
  }

  get #select() {
    return document.querySelector("select[name=scenario]");
  }

  /** Of a trace that the form sends just now, the sample is what the form has. */
  #opened() {
    const { sender, model } = this.app;
    const option = this.#select.selectedOptions[0];
    if (sender?.isSending && sender.ids[0] === model.id && option?.value) {
      this.sampleOf.set(model.id, option);
      this.latestOf.set(option.textContent, model.id);
    }
    this.#show();
  }

  /** {id} of what was sent after it and asked for the same, or {twin}: a sample; null if there is nothing to offer. */
  get #offer() {
    const { model, followUps } = this.app;
    if (!model.id || !model.isFinished) return null;
    const next = followUps.get(model.id);
    const asked = model.head.request;
    if (next && next.request.method === asked.method && next.request.path === asked.path) return { id: next.id, said: "with the second time" };
    const twin = this.sampleOf.get(model.id)?.dataset.compareWith;
    return twin ? { twin, said: `with: ${twin}` } : null;
  }

  #show() {
    const offer = this.#offer;
    this.button.hidden = !offer || this.isBusy;
    if (!offer) return;
    this.button.querySelector("[data-label]").textContent = offer.said;
    this.button.title = `Compare ${offer.said} (c)`;
  }

  /** Do what is offered; false if nothing is. */
  take() {
    const offer = this.#offer;
    if (!offer || this.isBusy) return false;
    if (offer.id) this.onPair(this.app.model.id, offer.id);
    else this.#withTwin(this.app.model.id, offer.twin);
    return true;
  }

  async #withTwin(id, twin) {
    this.isBusy = true;
    this.#show();
    const known = this.latestOf.get(twin);
    const other = known && this.app.requests.rowOf(known) ? known : await this.#send(twin);
    this.isBusy = false;
    if (other) this.onPair(id, other);
    this.#show();
  }

  /** Send a sample as the form would; the id of its trace once it has ended, or null. */
  async #send(name) {
    const select = this.#select;
    const option = [...select.options].find((each) => each.textContent === name);
    const sender = await this.app.loadSender();
    if (!option || !sender) return null;
    select.value = option.value;
    select.dispatchEvent(new Event("change"));
    this.latestOf.delete(name);
    await sender.send();
    const until = performance.now() + PATIENCE_MS;
    while (!this.latestOf.has(name) && performance.now() < until) await wait(LOOK_MS);
    return this.latestOf.get(name) ?? null;
  }
}
