/** A clock that stands still until it is told to go on. */
export class FakeClock {
  constructor() {
    this.time = 0;
    this.timers = new Map();
    this.last = 0;
  }

  now() {
    return this.time;
  }

  later(callback, ms) {
    this.timers.set((this.last += 1), { callback, at: this.time + ms });
    return this.last;
  }

  cancel(timer) {
    this.timers.delete(timer);
  }

  pass(ms) {
    const end = this.time + ms;
    for (let due; (due = this.#nextDue(end)); ) {
      this.timers.delete(due.id);
      this.time = due.at;
      due.callback();
    }
    this.time = end;
  }

  #nextDue(end) {
    const due = [...this.timers].map(([id, timer]) => ({ id, ...timer })).filter((timer) => timer.at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  }
}
