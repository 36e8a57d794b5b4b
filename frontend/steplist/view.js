/** The list of steps beside the drawing: shown and hidden, a step of it selected; whatever the inspector says of another event leads there too. */

export class StepList {
  constructor(app) {
    this.app = app;
    this.list = document.querySelector("#step-list");
    this.button = document.querySelector("[data-action=stepList]");
    this.scene = document.querySelector("#scene");
  }

  start() {
    this.app.actions.stepList = () => this.#toggle();
    this.list.addEventListener("click", (event) => this.#pick(event.target.closest("li")));
    for (const name of ["step", "draw"]) this.app.addEventListener(name, () => this.#follow());
    document.querySelector("#inspector").addEventListener("click", (event) => this.#pickSeq(event));
  }

  get isOpen() {
    return this.scene.dataset.list === "open";
  }

  #toggle() {
    this.scene.dataset.list = this.isOpen ? "closed" : "open";
    this.button.setAttribute("aria-pressed", String(this.isOpen));
    this.list.classList.toggle("visually-hidden", !this.isOpen);
    if (this.isOpen) this.list.setAttribute("tabindex", "0");
    else this.list.removeAttribute("tabindex");
    this.#follow();
  }

  #pick(row) {
    const index = [...this.list.children].indexOf(row);
    if (index >= 0 && index < this.app.player.steps.length) this.app.player.goTo(index);
  }

  /** An element of the inspector that carries a `data-seq` of its own. */
  #pickSeq(event) {
    const seq = event.target.closest("[data-seq]:not(article)")?.dataset.seq;
    if (seq !== undefined) this.app.onPickSeq(Number(seq));
  }

  /** Keep the step that is on in sight, without scrolling anything but the list. */
  #follow() {
    const row = this.isOpen && this.list.children[this.app.player.index];
    if (!row) return;
    const { scrollTop, clientHeight } = this.list;
    const top = row.getBoundingClientRect().top - this.list.getBoundingClientRect().top + scrollTop;
    if (top < scrollTop || top + row.offsetHeight > scrollTop + clientHeight) this.list.scrollTop = top - clientHeight / 2;
  }
}

export function start(app) {
  new StepList(app).start();
}
