/** Keeps count of the numbered frames of the live socket: what is missing, what is to be confirmed. No DOM. */

const CONFIRM_EVERY = 8;

export class FrameCount {
  constructor() {
    this.last = null;
    this.missing = new Set();
    this.unconfirmed = 0;
  }

  /** Begin counting after frame `n`. */
  startAfter(n) {
    this.last = n;
    this.missing.clear();
    this.unconfirmed = 0;
  }

  /** Take frame `n`; returns the messages to be sent: {"again": [from, to]} on a gap, {"ack": n} now and then. */
  take(n) {
    if (this.last === null) this.last = n - 1;
    const answers = [];
    if (this.missing.delete(n) || n <= this.last) return this.#confirm(answers);
    if (n > this.last + 1) {
      for (let each = this.last + 1; each < n; each += 1) this.missing.add(each);
      answers.push({ again: [this.last + 1, n - 1] });
    }
    this.last = n;
    return this.#confirm(answers);
  }

  /** The highest frame up to which nothing is missing. */
  get confirmed() {
    return this.missing.size ? Math.min(...this.missing) - 1 : this.last;
  }

  #confirm(answers) {
    this.unconfirmed += 1;
    if (this.unconfirmed < CONFIRM_EVERY) return answers;
    this.unconfirmed = 0;
    return [...answers, { ack: this.confirmed }];
  }
}
