import assert from "node:assert/strict";
import { test } from "node:test";

import { buildSteps, stepOf } from "../../frontend/model/steps.js";
import { Player } from "../../frontend/player.js";
import { layoutScene } from "../../frontend/scene/layout.js";
import { barOfStep, layoutWaterfall, pathOfBars } from "../../frontend/waterfall/layout.js";
import { modelOf, repeatingTrace } from "./traces.mjs";

const SIZE = { width: 900, height: 140 };

function load(count, each) {
  const model = modelOf(repeatingTrace(count, each));
  return { model, steps: buildSteps(model) };
}

function countOf(steps) {
  return steps.reduce((sum, step) => sum + 1 + step.more.reduce((folded, { count }) => folded + count, 0), 0);
}

test("what is short is played in full", () => {
  const { steps } = load(300);
  assert.equal(steps.length, 305);
  assert.ok(steps.every((step) => step.more.length === 0 && step.lastSeq === step.seq));
});

test("the first three of a sort are steps, the stretch of the others is one, and counts them", () => {
  const { steps } = load(5000);
  const queries = steps.filter((step) => step.kind === "database");
  assert.equal(queries.length, 4);
  assert.equal(queries[3].label, "SELECT shop · and 4,996 more like it");
  assert.equal(countOf(steps), 5005);
  assert.equal(queries[3].tNs + queries[3].durationNs, steps[queries[3].index + 1].tNs);
});

test("sorts that take turns are one stretch, and each is counted", () => {
  const { steps } = load(5000, 10);
  const folded = steps.filter((step) => step.more.length);
  assert.match(folded.at(-1).label, / more like those before$/);
  assert.deepEqual(folded.at(-1).more.map(({ kind }) => kind).sort(), ["database", "permission"]);
  assert.equal(countOf(steps), 5505);
});

test("what decides a request's way is never folded", () => {
  const { steps } = load(5000);
  assert.deepEqual(steps.filter((step) => step.kind !== "database").map((step) => step.kind), ["client", "server", "view", "view", "server"]);
});

test("an event that was folded leads to its step, and its bar is found", () => {
  const { model, steps } = load(5000);
  const layout = layoutWaterfall(model, SIZE);
  for (const seq of [4000, 4001, 9999]) {
    const step = steps[stepOf(steps, model, seq)];
    assert.ok(step.seq <= seq && seq <= step.lastSeq + 1, String(seq));
    assert.equal(barOfStep(layout, step).kind, "database");
  }
});

test("the drawing counts every query, with a handful of parts", () => {
  const { model, steps } = load(5000);
  const { groups, links } = layoutScene(model, steps, { width: 900, height: 600 });
  assert.equal(links.reduce((sum, link) => sum + link.count, 0), 5000);
  assert.ok(groups.flatMap((group) => group.parts).length < 120);
  const texts = groups.flatMap((group) => group.parts).map((part) => part.text ?? "");
  assert.ok(texts.some((text) => text.includes("5,000 queries")), texts.join());
});

test("spans that share a pixel share a bar: no longer path for more of them", () => {
  const lengths = [20_000, 40_000].map((count) => pathOfBars(layoutWaterfall(load(count).model, SIZE).bars).length);
  assert.ok(Math.max(...lengths) < 50_000, lengths.join());
  const { bars } = layoutWaterfall(load(20_000).model, SIZE);
  assert.equal(bars.filter((bar) => bar.kind === "database").reduce((sum, bar) => sum + bar.count, 0), 20_000);
});

test("a query that failed keeps a bar of its own", () => {
  const trace = repeatingTrace(20_000);
  const exit = trace.events.find((event) => event.seq > 20_000 && event.phase === "exit");
  exit.detail.error = { type: "OperationalError", module: "django.db.utils", message: null };
  const failed = layoutWaterfall(modelOf(trace), SIZE).bars.filter((bar) => bar.failed);
  assert.deepEqual(failed.map((bar) => bar.key), [exit.span]);
});

test("the step that is on stays on when it is folded into another while the request runs", () => {
  const { steps: few } = load(300);
  const { steps: many } = load(5000);
  const player = new Player({ onStep() {}, onPlayhead() {}, onRun() {}, onState() {} });
  player.setSteps(few, true);
  player.goTo(200);
  const { seq } = player.step;
  player.setSteps(many, true);
  assert.ok(player.step.seq <= seq && seq <= player.step.lastSeq);
});
