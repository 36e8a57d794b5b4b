/** The ribbon of steps: playing time from left to right, one cell a step; not true time, and labelled so. No DOM. */

/** Cells [{x, width, kind}] over `width`, neighbours a hair apart where there is room. */
export function layoutRibbon(timeline, width) {
  const total = timeline.totalMs || 1;
  const gap = timeline.steps.length < width / 5 ? 1 : 0;
  return timeline.steps.map((step, index) => {
    const x = (timeline.startOf(index) / total) * width;
    const size = (timeline.stayOf(index) / total) * width;
    return { x, width: Math.max(0.5, size - gap), kind: step.kind, failed: step.kind === "exception" };
  });
}

export function msAtX(timeline, x, width) {
  return (Math.min(width, Math.max(0, x)) / Math.max(1, width)) * timeline.totalMs;
}
