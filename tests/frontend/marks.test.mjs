import assert from "node:assert/strict";
import { test } from "node:test";

import { marksActions } from "../../frontend/marks/actions.js";
import { layoutMarks, layoutStages } from "../../frontend/marks/layout.js";
import { Marks } from "../../frontend/model/marks.js";
import { Timeline } from "../../frontend/model/timeline.js";
import { Player } from "../../frontend/player.js";
import { FakeClock } from "./clock.mjs";
import { load, NAMES } from "./traces.mjs";

function playerOf(name = "product") {
  const seen = [];
  const clock = new FakeClock();
  const player = new Player({ onStep: (index) => seen.push(index), onPlayhead() {}, onRun() {}, onState() {} }, clock);
  const { steps } = load(name);
  player.marks = new Marks();
  player.setSteps(steps, false);
  Object.assign(player, marksActions(player));
  return { player, clock, seen, steps };
}

function firstOf(steps, stage) {
  return steps.findIndex((step) => step.stage === stage);
}

test("replay stops at a step with a breakpoint, shows it, and goes on from there", () => {
  const { player, clock, seen } = playerOf();
  player.goTo(12);
  player.toggleBreakpoint();
  player.first();
  player.play();
  clock.pass(60_000);
  assert.equal(player.isPlaying, false);
  assert.equal(player.index, 12);
  assert.equal(player.ms, player.timeline.startOf(12));
  assert.equal(clock.timers.size, 0);
  player.play();
  clock.pass(60_000);
  assert.ok(player.isAtEnd);
  assert.equal(seen.at(-1), player.steps.length - 1);
});

test("replay stops where a marked stage begins, and not each time that it comes again", () => {
  const { player, clock, steps } = playerOf();
  player.marks.toggleStage("template");
  player.play();
  clock.pass(60_000);
  assert.equal(player.index, firstOf(steps, "template"));
  player.play();
  clock.pass(100_000);
  assert.ok(player.isAtEnd);
});

test("a breakpoint on a step of microseconds stops replay in true time, live, too", () => {
  const { player, clock, steps } = playerOf();
  player.setSpeed(1, true);
  const shortest = steps.slice(1, -1).reduce((best, step) => (step.gapNs < best.gapNs ? step : best));
  player.marks.restore({ seqs: [shortest.seq] });
  player.play();
  clock.pass(10_000);
  assert.equal(player.index, shortest.index);
  assert.equal(player.isPlaying, false);
});

test("to the breakpoint before and after; with none there it stays", () => {
  const { player, steps } = playerOf();
  player.marks.restore({ seqs: [steps[5].seq, steps[20].seq] });
  player.goTo(10);
  player.nextBreakpoint();
  assert.equal(player.index, 20);
  player.nextBreakpoint();
  assert.equal(player.index, 20);
  player.previousBreakpoint();
  assert.equal(player.index, 5);
  player.previousBreakpoint();
  assert.equal(player.index, 5);
});

test("pressing again clears: the step's own breakpoint, or that of the stage that begins there", () => {
  const { player, steps } = playerOf();
  const index = firstOf(steps, "view");
  player.marks.toggleStage("view");
  player.goTo(index);
  player.toggleBreakpoint();
  assert.deepEqual(player.marks.stopsOf(steps), []);
  player.toggleBreakpoint();
  assert.deepEqual(player.marks.stopsOf(steps), [index]);
  player.toggleBreakpoint();
  assert.deepEqual(player.marks.stopsOf(steps), []);
});

test("a loop plays its steps again and again, each in order", () => {
  const { player, clock, seen } = playerOf();
  player.goTo(4);
  player.loopIn();
  player.goTo(6);
  player.loopOut();
  player.goTo(4);
  seen.length = 0;
  player.play();
  clock.pass(player.timeline.startOf(7) - player.timeline.startOf(4) + 50);
  clock.pass(player.timeline.startOf(7) - player.timeline.startOf(4));
  player.pause();
  assert.deepEqual(seen.slice(0, 6), [5, 6, 4, 5, 6, 4]);
  player.loopClear();
  player.play();
  clock.pass(100_000);
  assert.ok(player.isAtEnd);
});

test("what is played from after a loop is not taken back into it; at the end of the trace a loop begins anew", () => {
  const { player, clock, steps } = playerOf();
  player.marks.restore({ loop: { from: steps[4].seq, to: steps[6].seq } });
  player.goTo(7);
  player.play();
  clock.pass(2000);
  assert.ok(player.index > 7);
  player.pause();
  player.marks.restore({ loop: { from: steps.at(-2).seq, to: null } });
  player.goTo(steps.length - 2);
  player.play();
  clock.pass(60_000);
  assert.ok(player.isPlaying && player.index >= steps.length - 2);
});

test("a loop so short that it has no length in true time does not hang the page", () => {
  const { player, clock, steps } = playerOf();
  const flat = steps.map((step) => ({ ...step, gapNs: 0 }));
  player.setSteps(flat, false);
  player.setSpeed(1, true);
  player.marks.restore({ loop: { from: flat[3].seq, to: flat[4].seq } });
  player.play();
  clock.pass(1000);
  assert.ok(player.isAtEnd);
});

test("a loop begins anew from a last step that has no length in true time", () => {
  const { player, clock, steps } = playerOf();
  player.setSteps(steps.map((step, index) => ({ ...step, gapNs: index === 5 ? 0 : 20e6 })), false);
  player.setSpeed(1, true);
  player.marks.restore({ loop: { from: steps[3].seq, to: steps[5].seq } });
  player.goTo(5);
  player.play();
  clock.pass(1000);
  assert.ok(player.isPlaying && player.index >= 3 && player.index <= 5);
});

test("an out before the in, and an in after the out, forget the other end", () => {
  const marks = new Marks();
  marks.setLoopIn(10);
  marks.setLoopOut(5);
  assert.deepEqual(marks.loop, { from: null, to: 5 });
  marks.setLoopIn(7);
  assert.deepEqual(marks.loop, { from: 7, to: null });
});

for (const name of NAMES) {
  for (const mode of ["log", "even", "true"]) {
    for (const width of [300, 840]) {
      test(`${name}, ${mode}, ${width}: every stage of the strip can be pressed, in order, inside the width`, () => {
        const { steps } = load(name);
        const stages = layoutStages(new Timeline(steps, mode), width);
        assert.deepEqual(new Set(stages.map(({ stage }) => stage)), new Set(steps.map(({ stage }) => stage)));
        let end = stages[0].x;
        for (const { x, width: size } of stages) {
          assert.ok(size > 16.9 && Math.abs(x - end) < 1e-6, `${x} ${size}`);
          end = x + size;
        }
        assert.ok(stages[0].x > -1e-6 && end < width + 1e-6);
      });
    }
  }
}

test("pins and brackets stand where their steps begin and end", () => {
  const { steps } = load("product");
  const timeline = new Timeline(steps, "even");
  const marks = new Marks();
  marks.restore({ seqs: [steps[39].seq], loop: { from: steps[0].seq, to: steps[38].seq } });
  const { pins, loop } = layoutMarks(timeline, marks, 780);
  assert.ok(Math.abs(pins[0] - (780 * 39) / steps.length) < 1e-6);
  assert.ok(loop.x === 0 && Math.abs(loop.width - pins[0]) < 1e-6);
});
