/** Predict, then see: stops the player before a step, asks what comes, and shows it.
 *
 * Off until somebody switches it on, and kept so; the guided tour asks all the same, unless it was switched off on purpose. The tour
 * tells the app "expect" ({names}: what it is going to ask) and "ask" ({name, done}), which is taken by preventing its default;
 * "forget" takes back the score.
 */

import { keep, recall } from "../learning/kept.js";
import { keepInSight } from "../learning/sheet.js";
import { QuestionCard } from "./card.js";
import { dueAt, planned } from "./plan.js";
import { questionsOf } from "./questions.js";
import { rightIn, scored, scoreSaid } from "./score.js";

const ON = "cycle.predict";
const SCORE = "cycle.score";
/** How long the player waits for a request that still runs, of which nothing can be asked yet. */
const PATIENCE_MS = 2500;
/** As far as it plays meanwhile: nothing is asked before. */
const FIRST_STEPS = 2;

class Predictions {
  constructor(app) {
    this.app = app;
    this.root = document.querySelector("#app");
    this.toggle = document.querySelector("#predict");
    this.card = new QuestionCard(document.querySelector("#question"), {
      onAnswer: (index) => this.#answer(index),
      onSkip: () => this.#goOn(),
      onGoOn: () => this.#goOn(),
    });
    this.all = [];
    this.plan = [];
    this.expected = [];
    this.asked = new Set();
    this.open = null;
    this.waiting = null;
    this.last = -1;
    this.seq = null;
    this.version = null;
    this.isMoving = false;
  }

  start() {
    const { app } = this;
    app.addEventListener("open", () => this.#forgetTrace());
    app.addEventListener("draw", () => this.#prepare());
    app.addEventListener("step", () => this.#onStep());
    app.addEventListener("expect", ({ detail }) => this.#expect(detail.names));
    app.addEventListener("ask", (event) => this.#askFor(event));
    app.addEventListener("forget", () => keep(SCORE, {}));
    this.toggle.addEventListener("click", () => this.#switch(!this.isOn));
    // Before the page's own keys, for which digits are shares of the way.
    document.addEventListener("keydown", (event) => this.#onKey(event), true);
    this.toggle.disabled = false;
    this.#showSwitch();
    this.#prepare();
  }

  /** true, false, or null where nobody has chosen. */
  get choice() {
    return recall(ON, null);
  }

  get isOn() {
    return this.choice === true;
  }

  #switch(isOn) {
    keep(ON, isOn);
    this.#showSwitch();
    if (!isOn && this.open) this.#goOn();
    this.last = this.app.player.index;
    this.#prepare();
    this.#veil();
  }

  #showSwitch() {
    this.toggle.setAttribute("aria-pressed", String(this.isOn));
    this.toggle.title = this.isOn ? "Predict, then see: on. The player asks before it shows" : "Predict, then see: off. Switch on to be asked before a step is shown";
  }

  // ---- which questions there are

  #forgetTrace() {
    if (this.open) this.#close();
    clearTimeout(this.waiting);
    Object.assign(this, { all: [], plan: [], expected: [], last: -1, seq: null, version: null, waiting: null });
    this.asked.clear();
    this.#veil();
  }

  /** Once the request has ended, all of it can be asked; made only where somebody will be. */
  #prepare(isWanted = this.isOn || this.expected.length > 0) {
    const { model, player } = this.app;
    if (!isWanted || !model.isFinished || this.version === model.version) return;
    this.version = model.version;
    this.all = questionsOf(model, player.steps);
    this.plan = planned(this.all, (name) => rightIn(recall(SCORE, {}), name));
    this.#veil();
    if (this.waiting) this.#stopWaiting();
  }

  /** A fast player would be past the questions before there are any. */
  #waitForEnd() {
    this.app.player.pause();
    this.waiting = setTimeout(() => this.#stopWaiting(), PATIENCE_MS);
  }

  #stopWaiting() {
    clearTimeout(this.waiting);
    // Not null: it has waited, and does so once only.
    this.waiting = 0;
    if (this.open) return;
    const { index } = this.app.player;
    const due = dueAt(this.plan, index - 1, index, this.isAsked);
    this.last = index;
    if (due) this.#ask(due, { resumes: true });
    else this.app.player.play();
    this.#veil();
  }

  #expect(names) {
    this.expected = this.choice === false ? [] : names;
    this.#prepare();
    this.#veil();
  }

  isAsked = (question) => this.asked.has(question.name);

  #onStep() {
    const { player } = this.app;
    const from = this.last;
    const isSame = player.step?.seq === this.seq;
    Object.assign(this, { last: player.index, seq: player.step?.seq });
    // The same step again: the request has ended meanwhile, or steps came before it.
    if (this.isMoving || isSame) return;
    if (this.open) this.#close();
    if (this.isOn && player.isPlaying && this.version === null && this.waiting === null && player.index >= FIRST_STEPS) return this.#waitForEnd();
    const isForward = player.isPlaying || player.index === from + 1;
    const due = this.isOn && isForward ? dueAt(this.plan, from, player.index, this.isAsked) : null;
    if (due) this.#ask(due);
    this.#veil();
  }

  #askFor(event) {
    this.#prepare(this.choice !== false);
    const question = this.all.find((each) => each.name === event.detail.name);
    if (this.choice === false || !question || this.isAsked(question)) return;
    event.preventDefault();
    this.#ask(question, event.detail);
    this.#veil();
  }

  // ---- one question

  #ask(question, { done = null, resumes = this.app.player.isPlaying } = {}) {
    const { player } = this.app;
    this.open = { question, done, resumes, isAnswered: false };
    this.asked.add(question.name);
    player.pause();
    this.#moveTo(question.before - 1);
    this.root.toggleAttribute("data-asking", true);
    this.card.show(question, scoreSaid(recall(SCORE, {})));
    keepInSight();
  }

  #moveTo(index) {
    if (this.app.player.index === index) return;
    this.isMoving = true;
    this.app.player.goTo(index);
    this.isMoving = false;
    this.last = index;
  }

  #answer(index) {
    if (!this.open || this.open.isAnswered || index >= this.open.question.options.length) return;
    // The browser's report may have put a step before all others meanwhile.
    const question = this.all.find(({ name }) => name === this.open.question.name) ?? this.open.question;
    this.open.isAnswered = true;
    keep(SCORE, scored(recall(SCORE, {}), question.name, index === question.right));
    this.root.toggleAttribute("data-asking", false);
    this.#moveTo(question.reveal);
    this.card.reveal(question, index, scoreSaid(recall(SCORE, {})));
    this.#veil();
    keepInSight();
  }

  #goOn() {
    const { done, resumes } = this.open ?? {};
    this.#close();
    this.#veil();
    if (done) done();
    else if (resumes) this.app.player.play();
  }

  #close() {
    this.open = null;
    this.root.toggleAttribute("data-asking", false);
    this.card.close();
  }

  #onKey(event) {
    if (!this.open || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, textarea, select, dialog[open]")) return;
    const isDigit = /^[1-4]$/.test(event.key) && !this.open.isAnswered;
    if (!isDigit && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (isDigit) this.#answer(Number(event.key) - 1);
    else this.#goOn();
  }

  /** What would tell the answer (how the request ends, how many queries it has) is not shown while there is something to ask. */
  #veil() {
    const { index } = this.app.player;
    const isAhead = (question) => question.isSecret && !this.isAsked(question) && question.before > index;
    const waiting = [...(this.isOn ? this.plan : []), ...this.all.filter(({ name }) => this.expected.includes(name))];
    const isVeiled = Boolean(this.open?.question.isSecret && !this.open.isAnswered) || waiting.some(isAhead);
    this.root.toggleAttribute("data-veil", isVeiled);
    if (this.app.model.isVeiled === isVeiled) return;
    this.app.model.isVeiled = isVeiled;
    this.app.drawSoon();
  }
}

export function start(app) {
  new Predictions(app).start();
}
