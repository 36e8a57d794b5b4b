/** How wide a text will be. Without a DOM: averages of the common system fonts, a little on the wide side. */

const MONO = 0.604;
const NARROW = /[iljtfrI.,:;'|!()[\] ]/;
const WIDE = /[mwMW@%—→…]/;
const CAPITAL = /[A-Z0-9_+<>=]/;

function glyph(char) {
  if (NARROW.test(char)) return 0.33;
  if (WIDE.test(char)) return 0.9;
  return CAPITAL.test(char) ? 0.68 : 0.57;
}

function average(text, size, font) {
  if (font === "mono") return text.length * size * MONO;
  let width = 0;
  for (const char of text) width += glyph(char);
  return width * size;
}

let measure = average;

/** Measure with `measured(text, size, font)` instead of by averages: the page knows its fonts. */
export function useMeasure(measured) {
  measure = measured;
}

export function textWidth(text, size, font = "sans") {
  return measure(text, size, font);
}

/** `text`, cut with an ellipsis so that it is at most `width` wide; "" where not even three letters fit. */
export function fit(text, width, size, font = "sans") {
  if (textWidth(text, size, font) <= width) return text;
  let [cut, tooLong] = [0, text.length];
  while (tooLong - cut > 1) {
    const middle = (cut + tooLong) >> 1;
    if (textWidth(`${text.slice(0, middle)}…`, size, font) <= width) cut = middle;
    else tooLong = middle;
  }
  return cut > 2 ? `${text.slice(0, cut).trimEnd()}…` : "";
}

/** The first of `choices`, given from the longest to the shortest, that fits; "" if none does. */
export function firstFitting(choices, width, size, font = "mono") {
  return choices.find((text) => textWidth(text, size, font) <= width) ?? "";
}
