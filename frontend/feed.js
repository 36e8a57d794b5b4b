/** Takes what the live connection tells to the page: requests that begin, their events, their end, and how the connection stands. */

import { StatusView } from "./status.js";

const GAP_MS = 300;

export class Feed {
  constructor(app) {
    this.app = app;
    this.status = new StatusView(document.querySelector("#status"), document.querySelector("#process"));
    this.gapTimer = null;
  }

  onBegin(head) {
    const { inspector, sender, model } = this.app;
    inspector.refreshChain();
    const isOurs = sender?.claims(head);
    if (isOurs || (!model.id && !sender?.isSending)) this.app.watch(head);
    else if (head.id === model.id) this.#applyHead(head);
  }

  onEvents(id, events) {
    const { model } = this.app;
    if (id !== model.id) return;
    if (model.addEvents(events)) this.app.drawSoon();
    if (model.gap) this.#fillGap();
  }

  onEnd(head) {
    const { inspector, model } = this.app;
    inspector.refreshChain();
    this.app.tell("end", head);
    if (head.id !== model.id) return;
    this.#applyHead(head);
    inspector.forget(head.id);
    if (model.gap || !model.events.length) this.#fillGap();
    this.app.explainAgain();
  }

  #applyHead(head) {
    this.app.model.apply(head);
    this.app.drawSoon();
  }

  /** What the frames did not bring, the trace itself has. */
  #fillGap() {
    this.gapTimer ??= setTimeout(async () => {
      this.gapTimer = null;
      await this.app.fetchTrace(this.app.model.id);
      this.app.drawSoon();
    }, GAP_MS);
  }

  async onResync() {
    const { app } = this;
    app.requests.reload();
    if (!app.model.id) return;
    await app.fetchTrace(app.model.id);
    app.drawSoon();
  }

  async onPoll(fresh) {
    const { app } = this;
    const sent = fresh && (await app.sender?.findSent(fresh));
    if (sent) app.open(sent, { play: true });
    if (app.model.id && !app.model.isFinished) await this.onResync();
  }

  onProcess = (process) => this.status.showProcess(process);
  onStatus = (status) => this.status.show(status);
}
