import assert from "node:assert/strict";
import { test } from "node:test";

import { Player } from "../../frontend/player.js";
import { FakeClock } from "./clock.mjs";
import { load } from "./traces.mjs";

function playerOf(name = "product") {
  const log = [];
  const delegate = { onStep: (index, travelMs) => log.push({ index, travelMs }), onPlayhead() {}, onRun() {}, onState() {} };
  const clock = new FakeClock();
  const player = new Player(delegate, clock);
  const { steps } = load(name);
  return { player, clock, log, steps };
}

test("playing visits every step once, in order, and stops at the end", () => {
  const { player, clock, log, steps } = playerOf();
  player.setSteps(steps, false);
  player.play();
  clock.pass(player.timeline.totalMs + 1000);
  assert.deepEqual(log.map(({ index }) => index), steps.map((step) => step.index));
  assert.equal(player.isPlaying, false);
  assert.ok(player.isAtEnd);
  assert.equal(clock.timers.size, 0);
});

test("playing again after the end begins anew", () => {
  const { player, clock, steps } = playerOf();
  player.setSteps(steps, false);
  player.last();
  player.play();
  clock.pass(2000);
  player.play();
  assert.equal(player.index, 0);
  assert.ok(player.isPlaying);
});

test("pause keeps the place within a step, and playing goes on from there", () => {
  const { player, clock, steps } = playerOf();
  player.setSteps(steps, false);
  player.play();
  clock.pass(200);
  player.pause();
  assert.equal(player.ms, 200);
  clock.pass(10_000);
  assert.equal(player.index, 0);
  player.play();
  clock.pass(100);
  player.pause();
  assert.equal(player.ms, 300);
});

test("speed divides the stay", () => {
  const { player, clock, steps } = playerOf();
  player.setSteps(steps, false);
  player.setSpeed(4);
  player.play();
  clock.pass(1000);
  player.pause();
  assert.equal(Math.round(player.ms), 4000);
});

test("while the request runs the player waits at the end and goes on as steps come", () => {
  const { player, clock, steps } = playerOf();
  player.setSteps([], true);
  player.play();
  clock.pass(500);
  assert.ok(player.isPlaying);
  player.setSteps(steps.slice(0, 2), true);
  player.resume();
  clock.pass(5000);
  assert.equal(player.index, 1);
  assert.ok(player.isPlaying);
  player.setSteps(steps, false);
  player.resume();
  clock.pass(1000);
  assert.ok(player.index > 1);
});

test("steps that arrive before the one that is on do not move it", () => {
  const { player, steps } = playerOf();
  player.setSteps(steps.slice(1), false);
  player.goTo(9);
  const { seq } = player.step;
  player.setSteps(steps, false);
  assert.equal(player.step.seq, seq);
  assert.equal(player.index, 10);
});

test("stepping ends playing; the token travels forward by one only, and never without motion", () => {
  const { player, log, steps } = playerOf();
  player.setSteps(steps, false);
  player.play();
  player.next();
  assert.equal(player.isPlaying, false);
  assert.ok(log.at(-1).travelMs > 0);
  player.goTo(30);
  assert.equal(log.at(-1).travelMs, 0);
  player.hasMotion = false;
  player.next();
  assert.equal(log.at(-1).travelMs, 0);
});

test("a share of the way, the first and the last step", () => {
  const { player, steps } = playerOf();
  player.setSteps(steps, false);
  player.toShare(0.5);
  assert.ok(Math.abs(player.ms - player.timeline.totalMs / 2) < 1e-6);
  player.first();
  assert.equal(player.index, 0);
  player.last();
  assert.equal(player.index, steps.length - 1);
});

test("in true time short steps may pass unseen, but the end is reached", () => {
  const { player, clock, steps } = playerOf();
  player.setMode("true");
  player.setSteps(steps, false);
  player.play();
  clock.pass(player.timeline.totalMs / player.speed + 500);
  assert.ok(player.isAtEnd);
});

for (const speed of [1 / 1000, 1 / 100, 1]) {
  test(`a ${1 / speed}th of true speed is what it says, by the clock`, () => {
    const { player, clock, steps } = playerOf();
    player.setSteps(steps, false);
    player.setSpeed(speed, true);
    assert.equal(player.mode, "true");
    player.play();
    clock.pass(10 / speed);
    player.pause();
    assert.ok(Math.abs(player.tNs - steps[0].tNs - 10e6) < 20_000, String(player.tNs));
  });
}

test("each sort of time keeps its own speed", () => {
  const { player, steps } = playerOf();
  player.setSteps(steps, false);
  player.setSpeed(4);
  player.setSpeed(0.01, true);
  player.setMode("even");
  assert.equal(player.speed, 4);
  player.setMode("true");
  assert.equal(player.speed, 0.01);
});

test("another mode keeps the moment within the step", () => {
  const { player, steps } = playerOf();
  player.setSteps(steps, false);
  player.scrubTo(player.timeline.startOf(7) + player.timeline.stayOf(7) / 2);
  const before = player.tNs;
  player.setMode("true");
  assert.ok(Math.abs(player.tNs - before) < 1);
  player.setMode("even");
  assert.ok(Math.abs(player.tNs - before) < 1);
});
