/** The pill that says whether the page is live, and of which server. */

const WORDS = { connecting: "connecting", live: "live", reconnecting: "reconnecting", polling: "polling each second", away: "no answer" };

const TITLES = {
  polling: "There is no socket, as under WSGI: the page asks for new requests each second.",
  away: "The server does not answer; the page goes on asking each second.",
};

export class StatusView {
  constructor(pill, process) {
    Object.assign(this, { pill, process });
  }

  show(status) {
    this.pill.dataset.status = status;
    this.pill.querySelector("[data-label]").textContent = WORDS[status];
    this.pill.title = TITLES[status] ?? "";
  }

  showProcess({ server, interface: kind }) {
    this.process.textContent = [server, kind?.toUpperCase()].filter(Boolean).join(" · ");
  }
}
