import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { headlineOf } from "../../frontend/model/headline.js";
import { likeQueries, mostAlike } from "../../frontend/model/like.js";
import { load, modelOf } from "./traces.mjs";

const FATES = JSON.parse(readFileSync(new URL("fixtures/fates.json", import.meta.url), "utf8"));

test("the fate of a request is said in the words of the server", () => {
  assert.ok(FATES.length > 20);
  for (const { trace, sentence } of FATES) {
    const expected = trace.outcome.kind ? sentence : "running…";
    // The page groups digits by a narrow space.
    assert.equal(headlineOf(modelOf(trace)).sentence, expected);
  }
});

test("like queries are folded by statement and line", () => {
  const { model } = load("list");
  const [group, ...others] = likeQueries(model);
  assert.equal(others.length, 0);
  assert.equal(group.length, 24);
  assert.ok(group.every((span) => span.enter.detail.sql === group[0].enter.detail.sql));
  assert.equal(mostAlike(model), "24 like queries, from line 87 of models.py");
});

test("the same statement from another line, or for another view, is not alike", () => {
  const query = (seq, parent, line) => ({ seq, t_ns: seq, span: seq + 1, parent, phase: "enter", stage: "view", kind: "database", name: "default", thread: "", detail: { sql: "SELECT 1", params: [], origin: { where: "python", file: "/a.py", line } } });
  const view = (seq) => ({ seq, t_ns: seq, span: seq + 1, parent: null, phase: "enter", stage: "view", kind: "view", name: "v", thread: "", detail: {} });
  const events = [view(0), query(1, 1, 5), query(2, 1, 5), query(3, 1, 6), view(4), query(5, 5, 5)];
  const model = modelOf({ id: "a", events });
  assert.deepEqual(likeQueries(model).map((spans) => spans.map((span) => span.id)), [[2, 3]]);
  assert.equal(mostAlike(model), "");
});

test("of a veiled model the headline does not tell how it ended", () => {
  const { model } = load("banned");
  model.isVeiled = true;
  const { request, status, sentence } = headlineOf(model);
  assert.deepEqual([request, status], ["GET /products/", ""]);
  assert.doesNotMatch(sentence, /Banned|403/);
});
