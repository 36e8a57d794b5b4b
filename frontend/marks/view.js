/** Breakpoints and the loop on the page: pins and brackets on the ribbon, the strip of stages above it. */

import { Marks } from "../model/marks.js";
import { marksActions } from "./actions.js";
import { layoutMarks, layoutStages } from "./layout.js";
import { keep, keptOf, keptStages } from "./keep.js";

const SPACED = 8;
const LETTER = 6.2;

function add(parent, cls) {
  const element = document.createElement("div");
  element.className = cls;
  element.setAttribute("aria-hidden", "true");
  parent.append(element);
  return element;
}

function place(element, x, width = null) {
  element.style.left = `${x.toFixed(1)}px`;
  if (width !== null) element.style.width = `${Math.max(0, width).toFixed(1)}px`;
}

export class MarksView {
  constructor(app) {
    this.app = app;
    this.marks = app.player.marks = new Marks();
    this.strip = document.querySelector("#stages");
    this.host = document.querySelector("#ribbon");
    this.toggle = document.querySelector("[data-action=toggleBreakpoint]");
    this.before = add(this.host, "loop-out");
    this.after = add(this.host, "loop-out");
    this.loop = add(this.host, "loop");
    this.pins = [];
    this.traceId = null;
  }

  start() {
    this.marks.stages = new Set(keptStages());
    this.app.addEventListener("open", () => this.#open());
    this.app.addEventListener("step", () => this.#showAtStep());
    this.marks.addEventListener("change", () => this.#change());
    this.strip.addEventListener("click", (event) => {
      const stage = event.target.closest("[data-stage]")?.dataset.stage;
      if (stage) this.marks.toggleStage(stage);
    });
    Object.assign(this.app.actions, marksActions(this.app.player), { more: () => this.#toggleMore() });
    this.#open();
    this.app.theatre.ribbon.overlay = this;
    this.#redraw();
  }

  /** On a phone most controls are put away until they are asked for. */
  #toggleMore() {
    const player = document.querySelector("#player");
    const isOpen = player.dataset.more !== "open";
    player.dataset.more = isOpen ? "open" : "closed";
    player.querySelector(".more").setAttribute("aria-expanded", String(isOpen));
  }

  #open() {
    this.traceId = null;
    this.marks.restore(keptOf(this.app.model.id));
    this.traceId = this.app.model.id;
  }

  #change() {
    if (this.traceId === this.app.model.id) keep(this.traceId, this.marks);
    this.#redraw();
  }

  #redraw() {
    const { ribbon } = this.app.theatre;
    this.draw(this.app.player.timeline, ribbon.host.clientWidth);
  }

  /** Called by the ribbon whenever it is drawn. */
  draw(timeline, width) {
    const { pins, loop } = layoutMarks(timeline, this.marks, width);
    this.#drawPins(pins);
    for (const element of [this.loop, this.before, this.after]) element.hidden = !loop;
    if (loop) {
      place(this.loop, loop.x, loop.width);
      place(this.before, 0, loop.x);
      place(this.after, loop.x + loop.width, width - loop.x - loop.width);
    }
    this.#drawStages(layoutStages(timeline, width));
    this.#showAtStep();
  }

  #drawPins(xs) {
    while (this.pins.length < xs.length) this.pins.push(add(this.host, "pin"));
    while (this.pins.length > xs.length) this.pins.pop().remove();
    xs.forEach((x, index) => place(this.pins[index], x));
  }

  #drawStages(stages) {
    const buttons = this.strip.children;
    stages.forEach((stage, index) => this.#describe(buttons[index] ?? this.#addButton(), stage));
    while (buttons.length > stages.length) this.strip.lastChild.remove();
  }

  #addButton() {
    const button = document.createElement("button");
    button.type = "button";
    button.append(document.createElement("span"));
    this.strip.append(button);
    return button;
  }

  #describe(button, { stage, number, name, x, width }) {
    const isSet = this.marks.stages.has(stage);
    place(button, x, width);
    button.dataset.stage = stage;
    button.setAttribute("aria-pressed", String(isSet));
    button.setAttribute("aria-label", `Breakpoint on stage ${number}, ${name}`);
    button.title = isSet ? `Replay stops where stage ${number} begins; press to let it pass` : `Stop replay where stage ${number}, ${name.toLowerCase()}, begins`;
    const whole = `${number} ${name}`;
    button.firstChild.textContent = whole.length * LETTER + SPACED < width ? whole : String(number);
  }

  /** Whether replay stops at the step that is on. */
  #showAtStep() {
    const { player } = this.app;
    this.toggle.setAttribute("aria-pressed", String(this.marks.stopsOf(player.steps).includes(player.index)));
  }
}

export function start(app) {
  new MarksView(app).start();
}
