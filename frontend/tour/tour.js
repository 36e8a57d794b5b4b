/** The guided tour: shows the server's chapters card by card, sends their requests, and leads the player to their stops. */

import { keep, recall } from "../learning/kept.js";
import { keepInSight, markSheet } from "../learning/sheet.js";
import { Glide } from "./glide.js";
import { finished, isDone, nextOf, placed } from "./progress.js";
import { sendSample } from "./sample.js";

const PROGRESS = "cycle.tour";

class Tour {
  constructor(app) {
    this.app = app;
    this.panel = document.querySelector("#tour-panel");
    this.room = this.panel.querySelector("[data-room]");
    this.place = this.panel.querySelector("[data-show=place]");
    this.buttons = document.querySelectorAll("[data-tour=open]");
    this.glide = new Glide(app.player);
    this.slug = null;
    this.sent = [];
    this.at = 0;
    this.isSending = false;
    /** Grows with each change of place: what was waited for meanwhile is no longer wanted. */
    this.turn = 0;
  }

  start() {
    for (const button of this.buttons) {
      button.addEventListener("click", () => this.#toggle());
      button.disabled = false;
    }
    this.panel.addEventListener("click", (event) => this.#press(event.target.closest("[data-tour]")));
    this.app.actions.tour = () => this.#toggle();
    this.app.addEventListener("step", () => this.#onStep());
  }

  // ---- opening and leaving

  get isOpen() {
    return !this.panel.hidden;
  }

  #toggle() {
    if (this.isOpen) this.#close();
    else this.#open();
  }

  #open() {
    this.#show(true);
    if (this.room.firstElementChild) this.#focus();
    else this.#resume();
  }

  /** To the card at which the last visit ended, if it ended in a chapter. */
  async #resume() {
    const { place } = recall(PROGRESS, {});
    if (!place) return this.#showChapters();
    // As if one came back to it: what was asked before is not asked again.
    Object.assign(this, { slug: place.slug, sent: place.sent, at: place.at + 1 });
    if (!(await this.#fill(place.at))) this.#showChapters();
  }

  #close() {
    this.glide.stop();
    this.turn += 1;
    this.#expect([]);
    const hadFocus = this.panel.contains(document.activeElement);
    this.#show(false);
    if (hadFocus) document.querySelector("#tour").focus({ preventScroll: true });
  }

  #show(isOpen) {
    this.panel.hidden = !isOpen;
    document.querySelector("#tour").setAttribute("aria-expanded", String(isOpen));
    markSheet();
  }

  #press(button) {
    const { tour, slug, trace, scenario, at } = button?.dataset ?? {};
    const acts = {
      close: () => this.#close(),
      chapters: () => this.#showChapters(),
      chapter: () => this.#begin(slug),
      reset: () => this.#reset(),
      send: () => this.#send(scenario),
      use: () => this.#take([trace]),
      card: () => this.#go(Number(at)),
      next: () => this.#go(this.at + 1),
      back: () => this.#go(this.at - 1),
    };
    acts[tour]?.();
  }

  // ---- what the server tells

  async #load(address) {
    const turn = ++this.turn;
    const answer = await fetch(`${this.app.mount}tour/${address}`).catch(() => null);
    if (turn !== this.turn) return false;
    if (answer?.status === 404) return false;
    if (!answer?.ok) {
      this.app.say("The tour could not be loaded from the server.");
      return false;
    }
    htmx.swap({ target: this.room, text: await answer.text(), swap: "innerHTML", transition: false });
    return turn === this.turn;
  }

  async #showChapters() {
    this.glide.stop();
    this.#expect([]);
    if (!(await this.#load(""))) return;
    this.slug = null;
    const { place, ...progress } = recall(PROGRESS, {});
    keep(PROGRESS, progress);
    this.place.textContent = "";
    this.#markDone();
    this.#focus();
  }

  #markDone() {
    const progress = recall(PROGRESS, {});
    const buttons = [...this.room.querySelectorAll("[data-tour=chapter]")];
    const next = nextOf(progress, buttons.map((button) => button.dataset.slug));
    for (const button of buttons) {
      const isRead = isDone(progress, button.dataset.slug);
      button.toggleAttribute("data-done", isRead);
      button.toggleAttribute("data-next", button.dataset.slug === next);
      button.setAttribute("aria-description", isRead ? "read" : "");
    }
  }

  #reset() {
    keep(PROGRESS, {});
    this.app.dispatchEvent(new CustomEvent("forget"));
    this.#markDone();
  }

  async #begin(slug) {
    this.glide.stop();
    this.slug = slug;
    this.sent = [];
    await this.#fill(0);
  }

  /** Load the chapter with the requests that were sent so far, and go to its card `at`. */
  async #fill(at) {
    const query = new URLSearchParams(this.sent.map((ids) => ["sent", ids.join(",")]));
    if (this.app.model.isFinished) query.set("open", this.app.model.id);
    if (!(await this.#load(`${this.slug}/?${query}`))) return false;
    await this.#go(Math.min(at, this.cards.length - 1));
    return true;
  }

  // ---- a request of the chapter

  /** Send a sample as the form does, and go on with what came of it. */
  async #send(name) {
    if (this.isSending) return;
    const turn = ++this.turn;
    this.isSending = true;
    this.panel.toggleAttribute("data-waiting", true);
    const ids = await sendSample(this.app, name);
    this.isSending = false;
    this.panel.toggleAttribute("data-waiting", false);
    if (turn === this.turn && ids.length) this.#take(ids);
  }

  #take(ids) {
    const at = this.at;
    this.sent.push(ids);
    return this.#fill(at);
  }

  // ---- cards

  get cards() {
    return [...this.room.querySelectorAll(".card")];
  }

  async #go(at) {
    const { cards } = this;
    const card = cards[at];
    if (!card) return;
    const turn = ++this.turn;
    this.glide.stop();
    const isOnward = at >= this.at;
    if (card.dataset.trace && !(await this.#openTrace(card.dataset.trace, turn))) return;
    this.#expect(cards.slice(at).filter((each) => each.dataset.trace === this.app.model.id).map((each) => each.dataset.ask));
    if (isOnward && card.dataset.ask && this.#ask(card.dataset.ask, () => turn === this.turn && this.#turnTo(at, card))) return this.#announce(card);
    this.#turnTo(at, card);
  }

  /** While somebody asks before a card, what was told last stays; where nothing is, the card's title. */
  #announce(card) {
    if (this.room.querySelector(".card:not([hidden])")) return;
    card.toggleAttribute("data-expected", true);
    card.hidden = false;
    this.#showPlace(this.cards.indexOf(card));
  }

  /** "3 of 14"; with a plus while a request is still to be sent, and more to come. */
  #showPlace(at) {
    const isWhole = this.room.querySelector("[data-kind=closing]");
    this.place.textContent = this.cards.length > 1 ? `${at + 1} of ${this.cards.length}${isWhole ? "" : "+"}` : "";
    this.#markOutline(at);
  }

  #turnTo(at, card) {
    this.at = at;
    card.removeAttribute("data-expected");
    for (const each of this.cards) each.hidden = each !== card;
    this.#showPlace(at);
    const isOver = card.dataset.kind === "closing";
    keep(PROGRESS, isOver ? finished(recall(PROGRESS, {}), this.slug) : placed(recall(PROGRESS, {}), this.slug, at, this.sent));
    this.#focus();
    if (card.dataset.seq) this.#walkTo(Number(card.dataset.seq));
  }

  #markOutline(at) {
    for (const button of this.room.querySelectorAll("[data-tour=card]")) {
      const of = Number(button.dataset.at);
      button.toggleAttribute("data-past", of < at);
      if (of === at) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    }
  }

  /** Show the trace of a card, where it is not shown already. */
  async #openTrace(id, turn) {
    if (this.app.model.id !== id) await this.app.open(id, { play: false });
    return turn === this.turn && this.app.model.id === id;
  }

  #walkTo(seq) {
    const { player, model } = this.app;
    player.pause();
    const index = this.#indexOf(player.steps, model, seq);
    if (index >= 0) this.glide.to(index);
  }

  /** The step of an event: its own, or the one into which it is merged or folded. */
  #indexOf(steps, model, seq) {
    const own = steps.findIndex((step) => step.seq === seq);
    if (own >= 0) return own;
    const enter = model.spans.get(model.events[seq]?.span)?.enter;
    const merged = steps.findIndex((step) => step.seq === enter?.seq);
    return merged >= 0 ? merged : steps.findLastIndex((step) => step.seq <= seq && seq <= step.lastSeq);
  }

  #onStep() {
    if (this.isSending) this.app.player.pause();
    else if (!this.glide.isMoving) this.glide.stop();
    else if (this.app.player.index === this.glide.target) keepInSight();
  }

  // ---- predictions

  #expect(names) {
    this.app.dispatchEvent(new CustomEvent("expect", { detail: { names: names.filter(Boolean) } }));
  }

  /** Whether somebody asks the learner; then `done` is called afterwards. */
  #ask(name, done) {
    return !this.app.dispatchEvent(new CustomEvent("ask", { cancelable: true, detail: { name, done } }));
  }

  /** On what one goes on with; what is told is read out by the room, which is a live region. */
  #focus() {
    const wanted = this.room.querySelector(".card:not([hidden]) .send, [data-next]") ?? this.room.querySelector("h2");
    wanted?.focus({ preventScroll: true });
    this.room.scrollTop = 0;
  }
}

export function start(app) {
  new Tour(app).start();
}
