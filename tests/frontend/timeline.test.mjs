import assert from "node:assert/strict";
import { test } from "node:test";

import { dwellMs, stageJump, Timeline, TRUE_SPEEDS, trueSpeedFor } from "../../frontend/model/timeline.js";
import { load, NAMES } from "./traces.mjs";

test("dwell is on a log scale between 350 and 1600 ms", () => {
  assert.equal(dwellMs(0), 350);
  assert.equal(dwellMs(null), 350);
  assert.equal(Math.round(dwellMs(900_000)), 600);
  assert.equal(Math.round(dwellMs(9_900_000)), 850);
  assert.equal(dwellMs(1e15), 1600);
});

for (const name of NAMES) {
  for (const mode of ["log", "even", "true"]) {
    test(`${name}, ${mode}: step, playing time and the trace's clock map to each other`, () => {
      const { steps } = load(name);
      const timeline = new Timeline(steps, mode);
      for (const step of steps) {
        const start = timeline.startOf(step.index);
        if (timeline.stayOf(step.index) === 0) continue;
        assert.equal(timeline.stepAt(start), step.index);
        assert.equal(timeline.timeAt(start), step.tNs);
        if (step.gapNs > 0) assert.ok(Math.abs(timeline.msAt(step.tNs + step.gapNs / 2) - start - timeline.stayOf(step.index) / 2) < 1e-6);
      }
      assert.equal(timeline.stepAt(timeline.totalMs + 1), steps.length - 1);
    });
  }
}

test("true time goes from a thousandth to live, and begins with the slowest that takes twenty seconds at most", () => {
  assert.equal(TRUE_SPEEDS[0], 1 / 1000);
  assert.equal(TRUE_SPEEDS.at(-1), 1);
  assert.equal(trueSpeedFor(6), 1 / 1000);
  assert.equal(trueSpeedFor(90), 1 / 200);
  assert.equal(trueSpeedFor(90_000), 1);
});

test("in true time a step lasts as long as it really did", () => {
  const { steps } = load("product");
  const timeline = new Timeline(steps, "true");
  assert.ok(Math.abs(timeline.totalMs - (steps.at(-1).tNs - steps[0].tNs) / 1e6) < 1e-6);
});

test("an empty timeline has no length and no steps", () => {
  const timeline = new Timeline([], "log");
  assert.equal(timeline.totalMs, 0);
  assert.equal(timeline.timeAt(10), 0);
  assert.equal(timeline.msAt(10), 0);
});

test("jumping goes from stage to stage, back first to where this stage began", () => {
  const steps = ["a", "a", "b", "b", "b", "c"].map((stage) => ({ stage }));
  assert.equal(stageJump(steps, 0, 1), 2);
  assert.equal(stageJump(steps, 3, 1), 5);
  assert.equal(stageJump(steps, 5, 1), 5);
  assert.equal(stageJump(steps, 4, -1), 2);
  assert.equal(stageJump(steps, 2, -1), 0);
  assert.equal(stageJump(steps, 0, -1), 0);
});
