/** Which of a trace's questions are asked while it plays: a few, not close together, what was known before last. No DOM. */

const MOST = 4;
const APART = 2;

/** Of questions in the order of steps those to ask; `knownOf(name)` counts how often one was answered right. */
export function planned(questions, knownOf = () => 0) {
  const wanted = [...questions].sort((a, b) => knownOf(a.name) - knownOf(b.name) || a.rank - b.rank);
  const taken = [];
  for (const question of wanted) {
    const isFar = taken.every((other) => Math.abs(other.before - question.before) >= APART);
    if (isFar && taken.length < MOST) taken.push(question);
  }
  return taken.sort((a, b) => a.before - b.before);
}

/** The question that is due when step `index` has come after step `from`: before the next step, or before one that a fast player passed over. */
export function dueAt(questions, from, index, isAsked = () => false) {
  return questions.find((question) => !isAsked(question) && question.before > from + 1 && question.before <= index + 1) ?? null;
}
