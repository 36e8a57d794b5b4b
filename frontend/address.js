/** The page's address: which trace and which step are open, so that a link leads back to them. */

const WRITE_EVERY_MS = 600;

export function readAddress(hash = location.hash) {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  const step = Number(values.get("step"));
  return { trace: values.get("trace"), step: Number.isInteger(step) && step > 0 ? step - 1 : null };
}

export class Address {
  constructor() {
    this.timer = null;
    this.next = "";
  }

  /** Write trace and step, not more often than browsers like. */
  write(traceId, index) {
    this.next = `#${new URLSearchParams({ trace: traceId, step: String(index + 1) })}`;
    this.timer ??= setTimeout(() => {
      this.timer = null;
      if (location.hash !== this.next) history.replaceState(history.state, "", this.next);
    }, WRITE_EVERY_MS);
  }
}
