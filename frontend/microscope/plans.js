/** Buttons with `data-explain`: each asks the server for the plan of one query, only when it is pressed. */

export class Plans {
  constructor(host, mount) {
    this.host = host;
    this.mount = mount;
    this.isStarted = false;
  }

  start() {
    if (this.isStarted) return;
    this.isStarted = true;
    this.host.addEventListener("click", (event) => {
      const button = event.target.closest("[data-explain]");
      if (button) this.#toggle(button);
    });
  }

  #toggle(button) {
    const room = button.parentElement.querySelector(".plan-room");
    if (room.hidden) return this.#ask(button, room);
    room.hidden = true;
    button.setAttribute("aria-expanded", "false");
  }

  async #ask(button, room) {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    const { trace } = button.closest("[data-trace]").dataset;
    const html = await this.#post(`${this.mount}traces/${trace}/steps/${button.dataset.explain}/explain/`);
    button.removeAttribute("aria-busy");
    button.setAttribute("aria-expanded", "true");
    room.hidden = false;
    if (html === null) room.textContent = "The server did not answer.";
    else htmx.swap({ target: room, text: html, swap: "innerHTML", transition: false });
  }

  async #post(url) {
    try {
      const answer = await fetch(url, { method: "POST", headers: { "HX-Request": "true" } });
      if (answer.headers.get("Content-Type")?.startsWith("text/html")) return await answer.text();
      const problem = document.createElement("p");
      problem.className = "warning";
      problem.textContent = await answer.text();
      return problem.outerHTML;
    } catch {
      return null;
    }
  }
}
