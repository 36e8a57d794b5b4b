/** How far a visitor has come: which chapters are read, and in which place of which one they are. No DOM. */

/** The progress with one more chapter read. */
export function finished(progress, slug) {
  return { done: [...new Set([...(progress.done ?? []), slug])] };
}

/** The progress in the middle of a chapter: its card `at`, and the ids of the traces of each sample `sent`. */
export function placed(progress, slug, at, sent) {
  return { ...progress, place: { slug, at, sent } };
}

export function isDone(progress, slug) {
  return (progress.done ?? []).includes(slug);
}

/** The chapter to go on with: the first of `slugs` that is not read, or the first of all. */
export function nextOf(progress, slugs) {
  return slugs.find((slug) => !isDone(progress, slug)) ?? slugs[0] ?? null;
}
