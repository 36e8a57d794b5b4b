/** Playing time: how long each step stays, and how step, playhead and the trace's own clock map to each other. */

export const MODES = ["log", "even", "true"];
export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];
/** Shares of true speed, from a thousandth to live. */
export const TRUE_SPEEDS = [1000, 500, 200, 100, 50, 20, 10, 5, 2, 1].map((times) => 1 / times);
const EVEN_MS = 700;
const TRUE_MS = 20_000;

/** Dwell of a step at speed 1, in ms: logarithmic, so that 3 µs and 300 ms can both be followed. */
export function dwellMs(durationNs) {
  const us = Math.max(0, durationNs ?? 0) / 1000;
  return Math.min(1600, Math.max(350, 350 + 250 * Math.log10(1 + us / 100)));
}

/** The slowest share of true speed at which `ms` of true time take at most twenty seconds. */
export function trueSpeedFor(ms) {
  return TRUE_SPEEDS.find((speed) => ms / speed <= TRUE_MS) ?? 1;
}

export class Timeline {
  constructor(steps, mode = "log") {
    this.steps = steps;
    this.mode = mode;
    this.starts = [0];
    for (const step of steps) this.starts.push(this.starts.at(-1) + this.#stay(step));
  }

  #stay(step) {
    if (this.mode === "even") return EVEN_MS;
    if (this.mode === "true") return step.gapNs / 1e6;
    return dwellMs(step.durationNs);
  }

  get totalMs() {
    return this.starts.at(-1);
  }

  startOf(index) {
    return this.starts[Math.min(index, this.steps.length)];
  }

  stayOf(index) {
    return this.starts[index + 1] - this.starts[index];
  }

  /** Index of the step that is on at `ms` of playing time. */
  stepAt(ms) {
    return lastAtMost(this.starts, ms, this.steps.length);
  }

  /** The trace's own clock at `ms` of playing time. */
  timeAt(ms) {
    const index = this.stepAt(ms);
    const step = this.steps[index];
    if (!step) return 0;
    const stay = this.stayOf(index);
    const part = stay > 0 ? Math.min(1, Math.max(0, (ms - this.starts[index]) / stay)) : 0;
    return step.tNs + part * step.gapNs;
  }

  /** Playing time at which the trace's own clock shows `tNs`. */
  msAt(tNs) {
    const index = this.stepAtTime(tNs);
    const step = this.steps[index];
    if (!step) return 0;
    const part = step.gapNs > 0 ? Math.min(1, Math.max(0, (tNs - step.tNs) / step.gapNs)) : 0;
    return this.starts[index] + part * this.stayOf(index);
  }

  /** Index of the last step that had begun when the trace's own clock showed `tNs`. */
  stepAtTime(tNs) {
    const found = this.steps.findLastIndex((step) => step.tNs <= tNs);
    return Math.max(0, found);
  }
}

function lastAtMost(starts, value, count) {
  let low = 0;
  let high = Math.max(0, count - 1);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle] <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Index of the first step of the next stage (direction 1), or of this stage, then of the one before (-1). */
export function stageJump(steps, index, direction) {
  if (direction > 0) return firstOfNext(steps, index);
  const first = firstOfRun(steps, index);
  return first < index ? first : firstOfRun(steps, Math.max(0, index - 1));
}

function firstOfRun(steps, index) {
  let at = index;
  while (at > 0 && steps[at - 1].stage === steps[index].stage) at -= 1;
  return at;
}

function firstOfNext(steps, index) {
  const next = steps.findIndex((step, at) => at > index && step.stage !== steps[index].stage);
  return next < 0 ? Math.max(0, steps.length - 1) : next;
}
