import assert from "node:assert/strict";
import { test } from "node:test";

import { fitting, LARGEST, nextZoom, scrollAround } from "../../frontend/camera/geometry.js";

test("fit shows the whole drawing, and never more than life size", () => {
  assert.equal(fitting({ width: 900, height: 1200 }, { width: 900, height: 600 }), 0.5);
  assert.equal(fitting({ width: 900, height: 400 }, { width: 900, height: 600 }), 1);
});

test("zooming stops at life size, at the largest and at the least", () => {
  assert.equal(nextZoom(0.9, 1, 0.5), 1);
  assert.equal(nextZoom(1.1, -1, 0.5), 1);
  assert.equal(nextZoom(1, 1, 0.5), 1.25);
  assert.equal(nextZoom(LARGEST, 1, 0.5), LARGEST);
  assert.equal(nextZoom(0.5, -1, 0.5), 0.5);
  assert.equal(nextZoom(1, -1, 1), 1);
});

test("what is under the pointer stays under it", () => {
  const pointOf = (scroll, at, zoom) => (scroll + at) / zoom;
  const scroll = scrollAround(120, 300, 1.5, 3);
  assert.ok(Math.abs(pointOf(scroll, 300, 3) - pointOf(120, 300, 1.5)) < 1e-9);
});
