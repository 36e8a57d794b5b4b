/** How a learner's predictions went, question by question. No DOM. */

/** {name: [asked, right]} with one more answer. */
export function scored(score, name, isRight) {
  const [asked, right] = score[name] ?? [0, 0];
  return { ...score, [name]: [asked + 1, right + (isRight ? 1 : 0)] };
}

export function rightIn(score, name) {
  return score[name]?.[1] ?? 0;
}

/** "3 of 4 right"; "" before the first. */
export function scoreSaid(score) {
  const asked = Object.values(score).reduce((sum, [count]) => sum + count, 0);
  const right = Object.values(score).reduce((sum, [, count]) => sum + count, 0);
  return asked ? `${right} of ${asked} right` : "";
}
