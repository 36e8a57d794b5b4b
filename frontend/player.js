/** Plays the steps of a trace: play, pause, step, jump, speed, mode; waits for more while a request still runs. No DOM. */

import { stageJump, Timeline } from "./model/timeline.js";

const STEP_TRAVEL_MS = 260;
const PLAY_TRAVEL_MS = 560;

export class Player {
  /** `delegate` is told onStep(index, travelMs), onPlayhead(ms, tNs) and onState(). */
  constructor(delegate, { now = () => performance.now(), frame = (callback) => requestAnimationFrame(callback) } = {}) {
    this.delegate = delegate;
    this.now = now;
    this.frame = frame;
    this.mode = "log";
    this.speed = 1;
    this.steps = [];
    this.timeline = new Timeline([]);
    this.index = -1;
    this.ms = 0;
    this.isPlaying = false;
    this.isRunning = false;
    this.hasMotion = true;
    this.lastTick = null;
  }

  /** Take the steps known so far. The step that is on stays on, though others may come before it. */
  setSteps(steps, isRunning) {
    const seq = this.steps[this.index]?.seq;
    const into = this.ms - this.timeline.startOf(Math.max(0, this.index));
    this.steps = steps;
    this.isRunning = isRunning;
    this.timeline = new Timeline(steps, this.mode);
    const index = seq === undefined ? -1 : steps.findIndex((step) => step.seq === seq);
    this.index = index;
    this.ms = index < 0 ? 0 : this.timeline.startOf(index) + Math.min(into, this.timeline.stayOf(index));
    this.delegate.onState();
  }

  get isAtEnd() {
    return this.index >= this.steps.length - 1 && this.ms >= this.timeline.totalMs;
  }

  get step() {
    return this.steps[this.index] ?? null;
  }

  play() {
    if (this.isPlaying || (!this.steps.length && !this.isRunning)) return;
    if (this.isAtEnd && !this.isRunning && this.steps.length) this.#moveTo(0, 0);
    this.isPlaying = true;
    this.lastTick = null;
    this.delegate.onState();
    this.frame((time) => this.#tick(time));
  }

  pause() {
    if (!this.isPlaying) return;
    this.isPlaying = false;
    this.delegate.onState();
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.play();
  }

  #tick() {
    if (!this.isPlaying) return;
    const time = this.now();
    const passed = this.lastTick === null ? 0 : time - this.lastTick;
    this.lastTick = time;
    if (this.steps.length) this.#advance(passed * this.speed);
    if (this.isPlaying) this.frame((next) => this.#tick(next));
  }

  #advance(ms) {
    if (this.index < 0) return this.#moveTo(0, 0);
    this.ms = Math.min(this.timeline.totalMs, this.ms + ms);
    const index = this.timeline.stepAt(this.ms);
    if (index !== this.index) this.#enter(index, this.#travelOf(index));
    else this.#reportPlayhead();
    if (this.isAtEnd && !this.isRunning) this.pause();
  }

  /** How long the token takes to a step: a part of the stay, so that it rests before it goes on. */
  #travelOf(index) {
    const stay = this.timeline.stayOf(index) / this.speed;
    if (!this.hasMotion || index !== this.index + 1 || stay < 60) return 0;
    return Math.min(PLAY_TRAVEL_MS, stay * 0.72);
  }

  #enter(index, travelMs) {
    this.index = index;
    this.delegate.onStep(index, travelMs);
    this.#reportPlayhead();
  }

  #reportPlayhead() {
    this.delegate.onPlayhead(this.ms, this.timeline.timeAt(this.ms));
  }

  #moveTo(index, travelMs) {
    this.ms = this.timeline.startOf(index);
    this.#enter(index, travelMs);
  }

  /** Go to step `index`, which ends playing unless `keepPlaying`. */
  goTo(index, { keepPlaying = false } = {}) {
    if (!this.steps.length) return;
    if (!keepPlaying) this.pause();
    const wanted = Math.min(this.steps.length - 1, Math.max(0, index));
    const isNear = wanted === this.index + 1;
    this.#moveTo(wanted, isNear && this.hasMotion ? STEP_TRAVEL_MS : 0);
  }

  next() {
    this.goTo(this.index + 1);
  }

  previous() {
    this.goTo(this.index - 1);
  }

  nextStage() {
    this.goTo(stageJump(this.steps, Math.max(0, this.index), 1));
  }

  previousStage() {
    this.goTo(stageJump(this.steps, Math.max(0, this.index), -1));
  }

  first() {
    this.goTo(0);
  }

  last() {
    this.goTo(this.steps.length - 1);
  }

  /** Go to a share of the playing time, 0 to 1. */
  toShare(share) {
    this.scrubTo(share * this.timeline.totalMs);
  }

  /** Put the playhead at `ms` of playing time. */
  scrubTo(ms) {
    if (!this.steps.length) return;
    this.ms = Math.min(this.timeline.totalMs, Math.max(0, ms));
    const index = this.timeline.stepAt(this.ms);
    if (index !== this.index) this.#enter(index, 0);
    else this.#reportPlayhead();
  }

  /** Put the playhead where the trace's own clock shows `tNs`. */
  scrubToTime(tNs) {
    this.scrubTo(this.timeline.msAt(tNs));
  }

  setSpeed(speed) {
    this.speed = speed;
    this.delegate.onState();
  }

  setMode(mode) {
    this.mode = mode;
    this.setSteps(this.steps, this.isRunning);
    this.#reportPlayhead();
  }
}
