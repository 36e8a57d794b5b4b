/** Plays the steps of a trace: play, pause, step, jump, speed, mode; waits for more while a request still runs. No DOM. */

import { stageJump, Timeline, trueSpeedFor } from "./model/timeline.js";

const STEP_TRAVEL_MS = 260;
const PLAY_TRAVEL_MS = 560;
const TRAVEL_SHARE = 0.72;
const SHORTEST_TRAVEL_MS = 60;
const TICK_MS = 16;
const WAIT_MS = 60;

const CLOCK = {
  now: () => performance.now(),
  later: (callback, ms) => setTimeout(callback, ms),
  cancel: (timer) => clearTimeout(timer),
};

export class Player {
  /** `delegate` is told onStep(index, travelMs), onPlayhead(ms), onRun(fromMs, toMs, durationMs) and onState(). */
  constructor(delegate, clock = CLOCK) {
    this.delegate = delegate;
    this.clock = clock;
    this.mode = "log";
    this.stepSpeed = 1;
    this.trueSpeed = null;
    /** Breakpoints and the loop (model/marks.js), once they are there. */
    this.marks = null;
    this.steps = [];
    this.timeline = new Timeline([]);
    this.index = -1;
    this.ms = 0;
    this.isPlaying = false;
    this.isRunning = false;
    this.hasMotion = true;
    this.timer = null;
    this.since = 0;
  }

  /** Take the steps known so far. The step that is on stays on, though others may come before it. */
  setSteps(steps, isRunning) {
    this.#catchUp();
    const seq = this.steps[this.index]?.seq;
    const into = this.ms - this.timeline.startOf(Math.max(0, this.index));
    this.steps = steps;
    this.isRunning = isRunning;
    this.timeline = new Timeline(steps, this.mode);
    this.index = seq === undefined ? -1 : steps.findIndex((step) => step.seq <= seq && seq <= (step.lastSeq ?? step.seq));
    this.ms = this.index < 0 ? 0 : this.timeline.startOf(this.index) + Math.min(into, this.timeline.stayOf(this.index));
    this.delegate.onState();
  }

  /** Go on playing from here, if it plays: once what shows the playhead has taken the new steps or a new size. */
  resume() {
    this.#tick();
  }

  /** Of playing time; in true time a share of true speed, which suits the trace until one is chosen. */
  get speed() {
    return this.mode === "true" ? (this.trueSpeed ?? trueSpeedFor(this.timeline.totalMs)) : this.stepSpeed;
  }

  get isAtEnd() {
    return this.index >= this.steps.length - 1 && this.ms >= this.timeline.totalMs;
  }

  get step() {
    return this.steps[this.index] ?? null;
  }

  /** The moment of the trace's own clock that is shown. */
  get tNs() {
    return this.timeline.timeAt(this.ms);
  }

  play() {
    if (this.isPlaying || (!this.steps.length && !this.isRunning)) return;
    if (this.isAtEnd && !this.isRunning && this.steps.length) this.#moveTo(this.marks?.loopOf(this.steps)?.first ?? 0, 0);
    this.isPlaying = true;
    this.#run();
    this.delegate.onState();
  }

  pause() {
    if (!this.isPlaying) return;
    this.#catchUp();
    this.isPlaying = false;
    this.clock.cancel(this.timer);
    this.#reportPlayhead();
    this.delegate.onState();
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.play();
  }

  /** Let time pass from here to the end of the step that is on. Nothing happens in between: what moves, moves by itself. */
  #run() {
    this.clock.cancel(this.timer);
    this.since = this.clock.now();
    if (this.index < 0 && this.steps.length) this.#moveTo(0, 0);
    if (this.isAtEnd) return this.#rest();
    const end = this.timeline.startOf(this.index + 1);
    const left = Math.max(0, end - this.ms) / this.speed;
    this.delegate.onRun(this.ms, end, left);
    this.timer = this.clock.later(() => this.#tick(), Math.max(TICK_MS, left));
  }

  #rest() {
    this.#reportPlayhead();
    if (this.isRunning) this.timer = this.clock.later(() => this.#tick(), WAIT_MS);
    else this.pause();
  }

  #tick() {
    if (!this.isPlaying) return;
    this.#catchUp();
    const index = this.timeline.stepAt(this.ms);
    const stop = this.#stopUpTo(index);
    if (stop !== undefined) return this.#halt(stop);
    const again = this.#loopStart();
    if (again !== null) this.#moveTo(again, 0);
    else if (index !== this.index && this.steps.length) this.#enter(index, this.#travelOf(index));
    if (this.isPlaying) this.#run();
  }

  /** The first breakpoint after the step that is on, up to `index`: what is short may pass between two ticks. */
  #stopUpTo(index) {
    return this.marks?.stopsOf(this.steps).find((stop) => stop > this.index && stop <= index);
  }

  #halt(stop) {
    const travelMs = this.#travelOf(stop);
    this.isPlaying = false;
    this.clock.cancel(this.timer);
    this.#moveTo(stop, travelMs);
    this.delegate.onState();
  }

  /** Where the loop begins, if its end was passed from a step of it, be it one without a length of its own; else null. */
  #loopStart() {
    const loop = this.marks?.loopOf(this.steps);
    if (!loop) return null;
    const [start, end] = [this.timeline.startOf(loop.first), this.timeline.startOf(loop.last + 1)];
    const isPassed = start < end && this.index >= loop.first && this.index <= loop.last && this.ms >= end;
    return isPassed && !(this.isRunning && loop.last === this.steps.length - 1) ? loop.first : null;
  }

  /** Set the playing time to what the clock says. */
  #catchUp() {
    if (!this.isPlaying) return;
    const now = this.clock.now();
    this.ms = Math.min(this.timeline.totalMs, this.ms + (now - this.since) * this.speed);
    this.since = now;
  }

  /** How long the token takes to a step: a part of the stay, so that it rests before it goes on. */
  #travelOf(index) {
    const stay = this.timeline.stayOf(index) / this.speed;
    if (!this.hasMotion || index !== this.index + 1 || stay < SHORTEST_TRAVEL_MS) return 0;
    return Math.min(PLAY_TRAVEL_MS, stay * TRAVEL_SHARE);
  }

  #enter(index, travelMs) {
    this.index = index;
    this.delegate.onStep(index, travelMs);
  }

  #reportPlayhead() {
    this.delegate.onPlayhead(this.ms);
  }

  #moveTo(index, travelMs) {
    this.ms = this.timeline.startOf(index);
    this.#enter(index, travelMs);
    this.#reportPlayhead();
  }

  /** Go to step `index`; playing ends. */
  goTo(index) {
    if (!this.steps.length) return;
    this.pause();
    const wanted = Math.min(this.steps.length - 1, Math.max(0, index));
    const isNext = wanted === this.index + 1;
    this.#moveTo(wanted, isNext && this.hasMotion ? STEP_TRAVEL_MS : 0);
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

  /** Put the playhead at `ms` of playing time; playing goes on from there. */
  scrubTo(ms) {
    if (!this.steps.length) return;
    this.ms = Math.min(this.timeline.totalMs, Math.max(0, ms));
    this.since = this.clock.now();
    const index = this.timeline.stepAt(this.ms);
    if (index !== this.index) this.#enter(index, 0);
    this.#reportPlayhead();
    if (this.isPlaying) this.#run();
  }

  /** Put the playhead where the trace's own clock shows `tNs`. */
  scrubToTime(tNs) {
    this.scrubTo(this.timeline.msAt(tNs));
  }

  /** `speed` of playing time, or a share of true speed; changes the mode where the other sort was on. */
  setSpeed(speed, isTrue = this.mode === "true") {
    this.#catchUp();
    if (isTrue) this.trueSpeed = speed;
    else this.stepSpeed = speed;
    if (isTrue !== (this.mode === "true")) this.setMode(isTrue ? "true" : "log");
    this.#tick();
    this.delegate.onState();
  }

  setMode(mode) {
    this.#catchUp();
    const stay = this.step ? this.timeline.stayOf(this.index) : 0;
    const share = stay > 0 ? (this.ms - this.timeline.startOf(this.index)) / stay : 0;
    this.mode = mode;
    this.setSteps(this.steps, this.isRunning);
    if (this.step) this.ms = this.timeline.startOf(this.index) + share * this.timeline.stayOf(this.index);
    if (!this.isPlaying) this.#reportPlayhead();
  }
}
