/** The sheet with the request as a curl command and as a Django test, fetched when it is opened. */

import { Tabs } from "./tabs.js";

export class Reuse {
  constructor(host, sheet, app, say) {
    Object.assign(this, { host, sheet, app, say });
    this.tabs = new Tabs(sheet.querySelector(".reuse-room"));
    this.isStarted = false;
  }

  start() {
    if (this.isStarted) return;
    this.isStarted = true;
    this.tabs.start();
    this.host.addEventListener("click", (event) => {
      const button = event.target.closest("[data-reuse]");
      if (button) this.#open(button.closest("[data-trace]").dataset.trace);
    });
    this.sheet.addEventListener("click", (event) => event.target === this.sheet && this.sheet.close());
  }

  async #open(traceId) {
    const html = await this.#fetch(traceId);
    if (html === null) return this.app.say("This request is no longer kept, so it cannot be copied.");
    this.sheet.querySelector(".reuse-room").innerHTML = html;
    this.sheet.showModal();
  }

  async #fetch(traceId) {
    const answer = await fetch(`${this.app.mount}traces/${traceId}/reuse/`).catch(() => null);
    return answer?.ok ? answer.text() : null;
  }
}
