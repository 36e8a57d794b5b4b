/** Numbers as short text: durations, sizes, counts. */

function digits(value) {
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(value >= 99.95 ? 0 : 1).replace(/\.0$/, "");
  return value.toFixed(value >= 9.995 ? 1 : 2).replace(/\.?0+$/, "");
}

/** "14 µs", "6.42 ms", "1.2 s" of a number of nanoseconds; "" when it is not known. */
export function duration(ns) {
  if (ns === null || ns === undefined || Number.isNaN(ns)) return "";
  const sign = ns < 0 ? "−" : "";
  const size = Math.abs(ns);
  if (size < 999_500) return `${sign}${digits(size < 10_000 ? Math.round(size / 100) / 10 : Math.round(size / 1000))} µs`;
  if (size < 999_500_000) return `${sign}${digits(size / 1e6)} ms`;
  return `${sign}${digits(size / 1e9)} s`;
}

/** A moment on the trace's own clock, with its sign: "+2.318 ms". */
export function moment(ns) {
  const size = Math.abs(ns);
  const sign = ns < 0 ? "−" : "+";
  return size < 1e9 ? `${sign}${(size / 1e6).toFixed(3)} ms` : `${sign}${(size / 1e9).toFixed(3)} s`;
}

/** "512 B", "24.1 kB", "1.3 MB"; "" when it is not known. */
export function bytes(count) {
  if (count === null || count === undefined) return "";
  if (count < 1000) return `${count} B`;
  if (count < 999_950) return `${digits(count / 1000)} kB`;
  return `${digits(count / 1e6)} MB`;
}

/** "1 query", "2,300 queries". */
export function plural(count, one, many = `${one}s`) {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

export function grouped(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** The last part of a dotted path: the class or function itself. */
export function shortName(path) {
  return String(path ?? "").split(".").pop();
}

/** The last part of a template's or file's name. */
export function baseName(path) {
  return String(path ?? "").split("/").pop();
}
