/** Where breakpoints and the loop lie on the ribbon, and the strip of stages above it. No DOM. */

export const STAGES = {
  client_request: [1, "Client"],
  server_request: [2, "Server"],
  request_middleware: [3, "Middleware"],
  url_resolver: [4, "Resolver"],
  view: [5, "View"],
  template: [6, "Template"],
  response: [7, "Response"],
  response_middleware: [8, "Middleware"],
  server_response: [9, "Server"],
  client_response: [10, "Client"],
};
const LEAST = 17;

/** The stages that a trace has, each with the index of its first step, in the order in which they begin. */
function beginnings(steps) {
  const seen = new Map();
  for (const step of steps) if (STAGES[step.stage] && !seen.has(step.stage)) seen.set(step.stage, step.index);
  return [...seen].map(([stage, index]) => ({ stage, index }));
}

/** [{stage, number, name, index, x, width}] over `width`: each where it begins, and wide enough to be pressed. */
export function layoutStages(timeline, width) {
  const found = beginnings(timeline.steps);
  const least = Math.min(LEAST, width / Math.max(1, found.length));
  const starts = found.map(({ index }) => (timeline.startOf(index) / (timeline.totalMs || 1)) * width);
  for (let at = 1; at < starts.length; at += 1) starts[at] = Math.max(starts[at], starts[at - 1] + least);
  for (let at = starts.length - 1; at >= 0; at -= 1) starts[at] = Math.min(starts[at], (starts[at + 1] ?? width) - least);
  return found.map(({ stage, index }, at) => {
    const [number, name] = STAGES[stage];
    return { stage, number, name, index, x: starts[at], width: (starts[at + 1] ?? width) - starts[at] };
  });
}

/** {pins, loop}: x of each breakpoint, and {x, width, first, last} of the loop or null. */
export function layoutMarks(timeline, marks, width) {
  const { steps } = timeline;
  const x = (index) => (timeline.startOf(index) / (timeline.totalMs || 1)) * width;
  const loop = marks.loopOf(steps);
  return {
    pins: marks.stopsOf(steps).map(x),
    loop: loop && { ...loop, x: x(loop.first), width: x(loop.last + 1) - x(loop.first) },
  };
}
