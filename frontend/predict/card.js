/** The card of a question: shows it, marks what was answered. Says what was pressed, knows no trace. */

import { markSheet } from "../learning/sheet.js";

/** A text that may be broken inside a long name: before a capital, after a slash, dot or underscore. */
function breakable(text) {
  return text.split(/(?<=[a-z])(?=[A-Z])|(?<=[/._])/).flatMap((part, index) => (index ? [document.createElement("wbr"), part] : [part]));
}

function optionButton(text, index, isCode) {
  const button = document.createElement("button");
  const key = Object.assign(document.createElement("kbd"), { textContent: String(index + 1) });
  const label = document.createElement(isCode ? "code" : "span");
  label.className = "option-text";
  label.append(...breakable(text));
  const mark = Object.assign(document.createElement("span"), { className: "option-mark" });
  button.type = "button";
  button.dataset.option = String(index);
  button.append(key, label, mark);
  return button;
}

export class QuestionCard {
  /** `delegate`: onAnswer(index), onSkip(), onGoOn(). */
  constructor(host, delegate) {
    this.host = host;
    this.delegate = delegate;
    this.find = (selector) => host.querySelector(selector);
    host.addEventListener("click", (event) => this.#press(event.target));
  }

  get isOpen() {
    return !this.host.hidden;
  }

  #press(target) {
    const option = target.closest("[data-option]");
    if (option) this.delegate.onAnswer(Number(option.dataset.option));
    if (target.closest("[data-learn=skip]")) this.delegate.onSkip();
    if (target.closest("[data-learn=go-on]")) this.delegate.onGoOn();
  }

  show({ prompt, options, isCode }, score) {
    this.host.dataset.state = "asked";
    this.find("#question-prompt").textContent = prompt;
    this.find("[data-show=score]").textContent = score;
    this.find("[data-show=verdict]").textContent = "";
    this.find("[data-show=reason]").textContent = "";
    this.find(".options").replaceChildren(...options.map((text, index) => {
      const item = document.createElement("li");
      item.append(optionButton(text, index, isCode));
      return item;
    }));
    this.host.hidden = false;
    markSheet();
    this.#takeFocus(this.find("#question-prompt"));
  }

  /** Never away from somebody who types. */
  #takeFocus(element) {
    if (!document.activeElement?.closest("input, textarea, select, dialog")) element.focus({ preventScroll: true });
  }

  reveal({ right, reason }, chosen, score) {
    const isRight = chosen === right;
    this.host.dataset.state = isRight ? "right" : "wrong";
    for (const button of this.host.querySelectorAll("[data-option]")) this.#mark(button, Number(button.dataset.option), right, chosen);
    this.find("[data-show=verdict]").textContent = isRight ? "Right." : "Not quite.";
    this.find("[data-show=reason]").textContent = reason;
    this.find("[data-show=score]").textContent = score;
    this.#takeFocus(this.find("[data-learn=go-on]"));
  }

  #mark(button, index, right, chosen) {
    button.disabled = true;
    if (index === right) button.dataset.is = "right";
    else if (index === chosen) button.dataset.is = "wrong";
    const [sign, words] = index === right ? ["✓", "true"] : index === chosen ? ["✕", "your guess"] : ["", ""];
    button.querySelector(".option-mark").append(sign, Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: words }));
    if (words) button.title = words;
  }

  close() {
    const hadFocus = this.host.contains(document.activeElement);
    this.host.hidden = true;
    markSheet();
    if (hadFocus) document.querySelector("#scene").focus({ preventScroll: true });
  }
}
