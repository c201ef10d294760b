/** Character references in markup. */

/** Those people write by name; others are written as numbers or as themselves. */
const NAMED: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\xa0",
  copy: "\xa9",
  reg: "\xae",
  trade: "\u2122",
  hellip: "\u2026",
  ndash: "\u2013",
  mdash: "\u2014",
  lsquo: "\u2018",
  rsquo: "\u2019",
  ldquo: "\u201c",
  rdquo: "\u201d",
  laquo: "\xab",
  raquo: "\xbb",
  bull: "\u2022",
  middot: "\xb7",
  times: "\xd7",
  euro: "\u20ac",
  pound: "\xa3",
  shy: "\xad",
};

function character(whole: string, body: string): string {
  if (body[0] != "#") return Object.hasOwn(NAMED, body) ? NAMED[body]! : whole;
  const code = /^#x/i.test(body) ? parseInt(body.slice(2), 16) : +body.slice(1);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
}

export const decode = (text: string): string => text.replace(/&(#x[\da-f]+|#\d+|[a-z][a-z\d]*);/gi, character);
