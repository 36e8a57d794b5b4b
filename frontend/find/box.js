/** The field over the list: typing, what it offers, and what it says of a term that is wrong. A combobox as ARIA describes it. */

import { complete, completions } from "./completion.js";

export class FindBox {
  /** `delegate`: onText(text), tally() → what the list has. */
  constructor({ field, offers, problem, clear }, delegate) {
    Object.assign(this, { field, offers, problem, clear, delegate });
    this.found = [];
    this.chosen = -1;
  }

  start() {
    this.field.addEventListener("input", () => this.#typed());
    this.field.addEventListener("focus", () => this.#offer());
    this.field.addEventListener("click", () => this.#offer());
    this.field.addEventListener("blur", () => this.#close());
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.clear.addEventListener("click", () => this.#write("", 0));
    // Before the field loses the focus to what is pressed.
    this.offers.addEventListener("pointerdown", (event) => this.#press(event));
  }

  /** Show `text` as if it had been typed before. */
  put(text) {
    this.field.value = text;
    this.clear.hidden = !text;
  }

  sayProblem(text) {
    this.problem.textContent = text;
    this.problem.hidden = !text;
    this.field.toggleAttribute("aria-invalid", Boolean(text));
  }

  #typed() {
    this.clear.hidden = !this.field.value;
    this.#offer();
    this.delegate.onText(this.field.value);
  }

  #write(text, caret) {
    this.field.value = text;
    this.field.focus();
    this.field.setSelectionRange(caret, caret);
    this.#typed();
  }

  #key(event) {
    if (event.key === "Escape") this.#escape(event);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") this.#move(event);
    else if ((event.key === "Enter" || event.key === "Tab") && this.chosen >= 0) {
      event.preventDefault();
      this.#take(this.chosen);
    } else if (event.key === "Enter") this.#close();
  }

  /** First away with the offers, then with the filter. */
  #escape(event) {
    event.preventDefault();
    if (!this.offers.hidden) this.#close();
    else if (this.field.value) this.#write("", 0);
    else this.field.blur();
  }

  #move(event) {
    event.preventDefault();
    if (this.offers.hidden) this.#offer(true);
    const count = this.found.length;
    if (!count) return;
    const step = event.key === "ArrowDown" ? 1 : -1;
    this.#choose(this.chosen < 0 ? (step > 0 ? 0 : count - 1) : (this.chosen + step + count) % count);
  }

  #press(event) {
    event.preventDefault();
    const index = [...this.offers.children].indexOf(event.target.closest("[role=option]"));
    if (index >= 0) this.#take(index);
  }

  #take(index) {
    const { text, caret } = complete(this.field.value, this.field.selectionStart, this.found[index]);
    this.#write(text, caret);
  }

  /** Between two terms nothing is offered unasked: it would cover what was found. */
  #offer(isAsked = !this.field.value) {
    const isBetween = /(^|\s)$/.test(this.field.value.slice(0, this.field.selectionStart));
    if (isBetween && !isAsked) return this.#open(false);
    this.found = completions(this.field.value, this.field.selectionStart ?? 0, this.delegate.tally());
    this.offers.replaceChildren(...this.found.map(optionOf));
    this.chosen = -1;
    this.field.removeAttribute("aria-activedescendant");
    this.#open(this.found.length > 0);
  }

  #close() {
    if (this.offers.children.length) this.#choose(-1);
    this.#open(false);
  }

  #open(isOpen) {
    this.offers.hidden = !isOpen;
    this.field.setAttribute("aria-expanded", String(isOpen));
  }

  #choose(index) {
    this.chosen = index;
    for (const [at, option] of [...this.offers.children].entries()) option.setAttribute("aria-selected", String(at === index));
    if (index < 0) return this.field.removeAttribute("aria-activedescendant");
    this.field.setAttribute("aria-activedescendant", this.offers.children[index].id);
    this.offers.children[index].scrollIntoView({ block: "nearest" });
  }
}

function optionOf({ insert, note }, index) {
  const option = document.createElement("li");
  option.id = `find-offer-${index}`;
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  const [code, small] = ["code", "small"].map((name) => document.createElement(name));
  code.textContent = insert;
  small.textContent = note;
  option.append(code, small);
  return option;
}
