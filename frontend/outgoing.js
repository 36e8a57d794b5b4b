/** What the form asks for, read from its texts. No DOM. */

function linesOf(text) {
  return text.split("\n").map((line) => line.trim()).filter(Boolean);
}

/** "Name: value" lines as [[name, value], ...]; throws an Error that names the line. */
export function parseHeaders(text) {
  return linesOf(text).map((line) => {
    const at = line.indexOf(":");
    const name = line.slice(0, at).trim();
    if (at < 1 || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) throw new Error(`“${line}” is not a header. Write one “Name: value” a line.`);
    return [name, line.slice(at + 1).trim()];
  });
}

/** "GET /path/" lines as [{method, path}, ...]; throws an Error that names the line. */
export function parseThen(text) {
  return linesOf(text).map((line) => {
    const [, method, path] = /^([A-Z]+) (\/(?!\/).*)$/.exec(line) ?? [];
    if (!path) throw new Error(`“${line}” is not a request. Write one “GET /path/” a line.`);
    return { method, path };
  });
}

/** The type of a body that has none: JSON if it reads as JSON, else a form. */
export function guessType(body) {
  try {
    JSON.parse(body);
    return "application/json";
  } catch {
    return "application/x-www-form-urlencoded";
  }
}

/** A body as it is sent: a text field knows no CRLF, and the lines of multipart end in it (RFC 2046, 5.1.1). */
export function bodyOf(text, type) {
  return /^multipart\//i.test(type) ? text.replace(/\r?\n/g, "\r\n") : text;
}
