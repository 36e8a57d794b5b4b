import assert from "node:assert/strict";
import { test } from "node:test";

import { Player } from "../../frontend/player.js";
import { Glide } from "../../frontend/tour/glide.js";
import { finished, isDone, nextOf, placed } from "../../frontend/tour/progress.js";
import { load } from "./traces.mjs";

function playerAt(index) {
  const shown = [];
  const player = new Player({ onStep: (at) => shown.push(at), onPlayhead() {}, onRun() {}, onState() {} });
  player.setSteps(load("product").steps, false);
  player.goTo(index);
  shown.length = 0;
  return { player, shown };
}

const settle = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

test("what was read stays read, and the next chapter is the first that was not", () => {
  const slugs = ["a", "b", "c"];
  const progress = finished(finished({}, "a"), "a");
  assert.deepEqual(progress, { done: ["a"] });
  assert.ok(isDone(progress, "a") && !isDone(progress, "b"));
  assert.equal(nextOf(progress, slugs), "b");
  assert.equal(nextOf({ done: slugs }, slugs), "a");
  assert.equal(nextOf({}, []), null);
  assert.deepEqual(placed(progress, "b", 3, [["x"]]), { done: ["a"], place: { slug: "b", at: 3, sent: [["x"]] } });
  assert.deepEqual(finished(placed(progress, "b", 3, []), "b"), { done: ["a", "b"] });
});

test("a glide goes through every step in between and ends at the one that is wanted", async () => {
  const { player, shown } = playerAt(3);
  new Glide(player).to(8);
  await settle(1700);
  assert.deepEqual(shown, [4, 5, 6, 7, 8]);
});

test("backwards, far or without motion it jumps", () => {
  const { player, shown } = playerAt(10);
  new Glide(player).to(2);
  new Glide(player).to(72);
  player.hasMotion = false;
  player.goTo(0);
  new Glide(player).to(9);
  assert.deepEqual(shown, [2, 72, 0, 9]);
});

test("a glide that was stopped goes no further", async () => {
  const { player, shown } = playerAt(3);
  const glide = new Glide(player);
  glide.to(20);
  glide.stop();
  await settle(200);
  assert.deepEqual(shown, [4]);
});
