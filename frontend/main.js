/** Puts the page together: the only file that knows all of it. */

import { Controls, speedOf } from "./controls.js";
import { RequestForm } from "./form.js";
import { HeadlineView } from "./headline.js";
import { Inspector } from "./inspector.js";
import { connect, followAddress, listenToKeys, loadExtras, loadSending, whenIdle } from "./later.js";
import { headlineOf } from "./model/headline.js";
import { stepOf } from "./model/steps.js";
import { TraceModel } from "./model/trace.js";
import { Player } from "./player.js";
import { Requests } from "./requests.js";
import { Settings } from "./settings.js";
import { Theatre } from "./theatre.js";

const find = (selector) => document.querySelector(selector);

/** Tells the extras of `later.js`: "open" (another trace), "draw" (of it more is known), "step" (another one is shown), "end" (a request has ended). */
class App extends EventTarget {
  constructor() {
    super();
    const mount = find("#app").dataset.mount;
    const run = (action, value) => this.run(action, value);
    this.mount = mount;
    /** What extras and views do for keys and buttons beside the player's own: {name: function}. */
    this.actions = {};
    this.model = new TraceModel(null);
    this.isDrawDue = false;
    this.followUps = new Map();
    this.player = new Player({
      onStep: (index, travelMs) => this.showStep(travelMs),
      onPlayhead: () => this.theatre.putPlayhead(this.player),
      onRun: (from, to, ms) => this.#runPlayhead(from, to, ms),
      onState: () => this.controls.show(this.player),
    });
    this.theatre = new Theatre({ scene: find("#scene-room"), ribbon: find("#ribbon"), waterfall: find("#waterfall"), list: find("#step-list") }, this);
    this.controls = new Controls(find("#player"), run);
    this.inspector = new Inspector(find("#inspector"), mount, (id) => this.open(id, { play: false }));
    this.requests = new Requests({ list: find("#requests"), empty: find("#requests-empty"), pause: find("#pause-list") }, mount, { onOpen: (id) => this.open(id, { play: true }) });
    this.headline = new HeadlineView(find("#headline"), find("#cost"), (id) => this.open(id, { play: true }));
    this.form = new RequestForm(find("#sender"), this);
    this.sender = null;
    this.settings = new Settings({ theme: find("#theme"), motion: find("#motion"), help: find("#help"), sheet: find("#help-sheet") }, { onMotion: (has) => (this.player.hasMotion = has) });
    this.address = null;
  }

  start() {
    for (const part of [this.controls, this.requests, this.form, this.settings]) part.start();
    this.theatre.start(() => this.drawSoon());
    this.draw();
    for (const later of [() => listenToKeys(this), () => connect(this), () => this.loadSender(), () => loadExtras(this)]) whenIdle(later);
    followAddress(this);
  }

  // ---- what the first view does without

  /** The sender; null, and a word about it, where the server does not give it. */
  loadSender() {
    this.sending ??= loadSending(this.form, this.mount, this).then((loaded) => Object.assign(this, loaded).sender, (error) => this.#missSender(error));
    return this.sending;
  }

  #missSender(error) {
    this.sending = null;
    this.form.showSending(false);
    this.say(`What sends a request could not be loaded: ${error.message}.`);
    return null;
  }

  // ---- what keys and buttons do

  run(action, value) {
    if (action === "share") return this.player.toShare(value);
    if (action === "speed") return this.#setMode(() => this.player.setSpeed(...speedOf(value)));
    if (action === "mode") return this.#setMode(() => this.player.setMode(value));
    if (action === "search") return find("#path").select();
    if (action === "help") return this.settings.openHelp();
    (this.actions[action] ?? (() => this.player[action]?.()))();
  }

  #runPlayhead(from, to, ms) {
    if (this.player.hasMotion) this.theatre.runPlayhead(this.player, from, to, ms);
    else this.theatre.putPlayhead(this.player);
  }

  #setMode(change) {
    change();
    this.theatre.drawRibbon(this.player);
  }

  /** A place of the drawing was picked: its first step, and when picked again its next. */
  onPick(areaKey) {
    const own = this.theatre.scene.stepsAt(areaKey);
    if (own.length) this.player.goTo(own[(own.indexOf(this.player.index) + 1) % own.length]);
  }

  onScrubMs = (ms) => this.player.scrubTo(ms);
  onScrubTime = (tNs) => this.player.scrubToTime(tNs);

  onPickSeq(seq) {
    this.player.goTo(stepOf(this.player.steps, this.model, seq));
  }

  // ---- which trace is shown

  /** Open a trace: show its first step (or `step`), and play it if asked to. Without an id, what was there before the first. */
  async open(id, { play = false, step = 0 } = {}) {
    this.player.pause();
    this.say("");
    this.#setModel(new TraceModel(id));
    await (id ? this.fetchTrace(id) : this.inspector.clear());
    if (this.model.id !== id) return;
    this.draw();
    this.player.goTo(step);
    if (play) this.player.play();
  }

  #setModel(model) {
    this.model = model;
    this.player.setSteps([], false);
    this.requests.mark(model.id);
    find("#app").dataset.state = model.id ? "open" : "rest";
    this.#showHeadline();
    this.tell("open");
  }

  async fetchTrace(id) {
    const answer = await fetch(`${this.mount}traces/${id}.json`).catch(() => null);
    if (answer?.ok && this.model.id === id) this.model.apply(await answer.json());
    // Said once: what was said of the address since then stays.
    if (answer?.status !== 404 || this.model.events.length || this.model.isGone) return;
    this.model.isGone = true;
    this.say((await answer.json()).error);
    this.inspector.show(id, 0);
  }

  /** Follow a request from its first event on. */
  watch(head) {
    this.player.pause();
    this.#setModel(new TraceModel(head.id));
    this.model.apply(head);
    this.drawSoon();
    this.player.isRunning = true;
    this.player.play();
  }

  // ---- the form

  async onPress() {
    this.form.showSending(true);
    (await this.loadSender())?.press();
  }

  onSending() {
    this.say("");
    this.panel.open();
    // The keys now play and step; on the button the space bar would send again, in the field it would be typed.
    if (document.activeElement?.matches(".send, #path")) find("#scene").focus({ preventScroll: true });
  }

  onPromise(text) {
    find("#promise").textContent = text;
    if (this.model.id) this.say(text, "note");
  }

  onNote = (text) => this.say(text, "note");
  onProblem = (text) => this.say(text);

  onFollowUp(fromId, head) {
    this.followUps.set(fromId, head);
    this.#showHeadline();
  }

  /** A link or form of the page that the preview shows. */
  onFollow(request) {
    this.form.fill(request);
    this.sender.send();
  }

  /** A message of the page itself; "" takes it away. */
  say(text, kind = "problem") {
    const notice = find("#notice");
    notice.dataset.kind = kind;
    notice.textContent = text;
    notice.hidden = !text;
  }

  // ---- drawing

  drawSoon() {
    if (this.isDrawDue) return;
    this.isDrawDue = true;
    requestAnimationFrame(() => {
      this.isDrawDue = false;
      this.draw();
    });
  }

  draw() {
    if (this.drawnVersion !== this.model.version || this.drawnModel !== this.model) {
      this.player.setSteps(this.theatre.stepsOf(this.model), Boolean(this.model.id) && !this.model.isFinished);
      Object.assign(this, { drawnVersion: this.model.version, drawnModel: this.model });
    }
    const { request, sentence } = headlineOf(this.model);
    this.theatre.draw(this.model, this.player, request ? `${request}: ${sentence}` : "The request cycle, before a request");
    this.controls.showStep(this.player);
    this.#showHeadline();
    this.tell("draw");
  }

  #showHeadline() {
    this.headline.show(this.model, this.followUps.get(this.model.id));
  }

  #explain() {
    const { player, model } = this;
    if (model.isDeep && model.isFinished) return this.inspector.showSlowly(model.id, player.step.seq);
    const ahead = player.steps.slice(player.index + 1, player.index + 4).map((step) => step.seq);
    this.inspector.show(model.id, player.step.seq, model.isFinished ? ahead : [], !model.isFinished);
  }

  /** The request has ended: its steps have more to say. */
  explainAgain() {
    if (!this.player.isPlaying) this.showStep(0);
    else if (this.player.step) this.#explain();
  }

  showStep(travelMs) {
    const { player, model } = this;
    this.theatre.showStep(player, travelMs);
    this.controls.showStep(player);
    if (!player.step || !model.id) return;
    this.#explain();
    this.address?.write(model.id, player.index);
    find("#announce").textContent = `Step ${player.index + 1} of ${player.steps.length}: ${player.step.label}`;
    this.tell("step");
  }

  tell(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}

new App().start();
