/** Lines with rounded corners: their SVG path, and points along them for the token, sampled once. */

const STEPS_PER_CORNER = 6;

function toward(from, to, distance) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
  const part = Math.min(1, distance / length);
  return [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
}

function quadratic(a, control, b, part) {
  const rest = 1 - part;
  return [0, 1].map((axis) => rest * rest * a[axis] + 2 * rest * part * control[axis] + part * part * b[axis]);
}

function distance(a, b) {
  return Math.hypot(b[0] - a[0], b[1] - a[1]);
}

function withoutRepeats(points) {
  return points.filter((point, index) => index === 0 || distance(point, points[index - 1]) > 0.01);
}

function round(value) {
  return Math.round(value * 10) / 10;
}

/** {d, points} of a line through `corners`, each corner rounded by at most `radius`. */
export function roundedLine(corners, radius = 14) {
  const line = withoutRepeats(corners);
  const points = [line[0]];
  let d = `M${line[0].map(round).join(" ")}`;
  for (let index = 1; index < line.length - 1; index += 1) {
    const [before, corner, after] = [line[index - 1], line[index], line[index + 1]];
    const reach = Math.min(radius, distance(before, corner) / 2, distance(corner, after) / 2);
    const [a, b] = [toward(corner, before, reach), toward(corner, after, reach)];
    d += `L${a.map(round).join(" ")}Q${[...corner, ...b].map(round).join(" ")}`;
    for (let step = 0; step <= STEPS_PER_CORNER; step += 1) points.push(quadratic(a, corner, b, step / STEPS_PER_CORNER));
  }
  if (line.length > 1) {
    d += `L${line.at(-1).map(round).join(" ")}`;
    points.push(line.at(-1));
  }
  return { d, points: withoutRepeats(points) };
}

/** Points with their share of the way, [{x, y, offset}], as Web Animations wants them. */
export function alongTheWay(points) {
  const clean = withoutRepeats(points);
  const lengths = clean.map((point, index) => (index ? distance(point, clean[index - 1]) : 0));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  let done = 0;
  return clean.map(([x, y], index) => {
    done += lengths[index];
    return { x: round(x), y: round(y), offset: total ? Math.min(1, done / total) : Number(index > 0) };
  });
}

export function lengthOf(points) {
  return points.reduce((sum, point, index) => (index ? sum + distance(point, points[index - 1]) : 0), 0);
}
