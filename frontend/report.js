/** The browser's own timings of a request, from its resource timing entries to the report that the server takes. No DOM. */

const NS_PER_MS = 1e6;

function ns(ms) {
  return Math.max(0, Math.round(ms * NS_PER_MS));
}

/** Start of the last hop: an entry covers all redirects before it. */
function startOf(entry) {
  return entry.redirectEnd ? entry.fetchStart : entry.startTime;
}

/** What the browser measured of the request itself. `rendered` is a sentence, `subrequests` a list. */
export function reportOf(entry, { timeOrigin, status, rendered, subrequests }) {
  const start = startOf(entry);
  const connect = entry.connectEnd - entry.connectStart;
  return {
    start_epoch_ns: Math.round((timeOrigin + start) * NS_PER_MS),
    queued_ns: ns(entry.requestStart - start - connect),
    connect_ns: ns(connect),
    first_byte_ns: ns(entry.responseStart - entry.requestStart),
    download_ns: ns(entry.responseEnd - entry.responseStart),
    total_ns: ns(entry.responseEnd - start),
    protocol: entry.nextHopProtocol ?? "",
    transfer_bytes: entry.transferSize ?? 0,
    body_bytes: entry.encodedBodySize ?? 0,
    decoded_bytes: entry.decodedBodySize ?? 0,
    status,
    rendered,
    subrequests,
  };
}

/** The requests that the page started by itself, of the resource timing entries that came after its own. */
export function subrequestsOf(entries, own) {
  return entries
    .filter((entry) => entry !== own && entry.startTime >= own.responseEnd)
    .map((entry) => ({
      path: new URL(entry.name).pathname + new URL(entry.name).search,
      initiator: entry.initiatorType,
      duration_ns: ns(entry.duration),
      status: entry.responseStatus ?? 0,
    }));
}
