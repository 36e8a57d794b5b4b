/** The pill that says whether the page is live, and of which server. */

const WORDS = { connecting: "connecting", live: "live", reconnecting: "reconnecting", polling: "polling each second", away: "no answer, trying again" };

export class StatusView {
  constructor(pill, process) {
    Object.assign(this, { pill, process });
  }

  show(status) {
    this.pill.dataset.status = status;
    this.pill.querySelector("[data-label]").textContent = WORDS[status];
  }

  showProcess({ server, interface: kind }) {
    this.process.textContent = [server, kind?.toUpperCase()].filter(Boolean).join(" · ");
  }
}
