/** Markup that a page hands over as a string, built node by node: a strict Trusted Types policy forbids all else. */

import { isElementAllowed, isVoid, setAttribute } from "./allowed";
import { decode } from "./entities";

/** Elements whose text is text up to their end tag, whatever it looks like; of those we never show, it is dropped. */
const RAW_TEXT = /^(script|style|textarea|title|iframe|noembed|noframes|xmp)$/;
/** An open element that a new one ends without an end tag, and what it may not be looked for beyond. */
const ENDED_BY: Record<string, [ends: RegExp, within: RegExp]> = {
  li: [/^li$/, /^[uo]l$/],
  option: [/^option$/, /^select$/],
  optgroup: [/^(option|optgroup)$/, /^select$/],
  tr: [/^(tr|td|th)$/, /^table$/],
  td: [/^t[dh]$/, /^t(r|able)$/],
  th: [/^t[dh]$/, /^t(r|able)$/],
  tbody: [/^(tr|td|th|thead|tbody)$/, /^table$/],
  tfoot: [/^(tr|td|th|thead|tbody)$/, /^table$/],
  dd: [/^d[dt]$/, /^dl$/],
  dt: [/^d[dt]$/, /^dl$/],
};
const ENDS_PARAGRAPH = /^(p|div|ul|ol|dl|table|h[1-6]|section|article|header|footer|form|fieldset|hr|blockquote|pre)$/;
const ATTRIBUTE = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>`]+)))?/g;
/** A comment, a declaration, or a tag with its attributes, of which a quoted one may hold `>`. */
const TOKEN = /<!--[^]*?(?:-->|$)|<[!?][^>]*>|<(\/?)([a-z][\w-]*)((?:[^"'>]|"[^"]*"|'[^']*')*)>/gi;
const SVG = "http://www.w3.org/2000/svg";

type Open = { tag: string; node: Element | DocumentFragment };

/**
 * Builds what `html` says out of elements and attributes that can do no harm.
 *
 * Left out are elements that load or run something (`script`, `style`, `iframe`, …; other unknown ones give way to
 * what they hold), event handler attributes, and addresses of any scheme but http, https, mailto, tel and sms.
 * Rows may stand alone: `<tr>` needs no table.
 *
 * @returns The nodes, not yet in the page.
 */
export function parseMarkup(html: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  const open: Open[] = [{ tag: "", node: fragment }];
  const top = () => open.at(-1)!;
  let at = 0;

  const addText = (text: string) => {
    if (text) top().node.append(decode(text));
  };

  /** Closes the nearest of these, and all within it, unless something of `within` is met first. */
  const close = (ends: RegExp, within = /^$/) => {
    for (let index = open.length - 1; index && !within.test(open[index]!.tag); index--)
      if (ends.test(open[index]!.tag)) return void (open.length = index);
  };

  const closeImplied = (tag: string) => {
    if (ENDS_PARAGRAPH.test(tag)) close(/^p$/, /^(td|th|li|div|button)$/);
    const [ends, within] = ENDED_BY[tag] ?? [];
    // A new row ends both its cell and its row.
    if (ends) for (let before = 0; before != open.length; ) {
      before = open.length;
      close(ends, within);
    }
  };

  const start = (tag: string, attributes: string) => {
    closeImplied(tag);
    const isSvg = tag == "svg" || (top().node as Element).namespaceURI == SVG;
    const isEnded = isVoid(tag) || (isSvg && /\/\s*$/.test(attributes));
    if (!isElementAllowed(tag)) return isEnded || open.push({ tag, node: top().node });
    const element = isSvg ? document.createElementNS(SVG, tag) : document.createElement(tag);
    for (const [, name, ...values] of attributes.matchAll(ATTRIBUTE))
      setAttribute(element, name!.toLowerCase(), decode(values.find((value) => value !== undefined) ?? ""));
    top().node.append(element);
    return isEnded || open.push({ tag, node: element });
  };

  /** Takes what stands before the end tag as text, and goes on behind it. */
  const readRawText = (tag: string) => {
    const end = html.slice(at).search(new RegExp(`</${tag}[\\s/>]`, "i"));
    const text = html.slice(at, end < 0 ? undefined : at + end);
    if (isElementAllowed(tag)) addText(text);
    at += text.length;
  };

  TOKEN.lastIndex = 0;
  for (let token: RegExpExecArray | null; (TOKEN.lastIndex = at), (token = TOKEN.exec(html)); ) {
    const [whole, slash, name, attributes = ""] = token;
    addText(html.slice(at, token.index));
    at = token.index + whole.length;
    if (!name) continue;
    const tag = name.toLowerCase();
    if (slash) close(new RegExp(`^${tag}$`));
    else {
      start(tag, attributes);
      if (RAW_TEXT.test(tag)) readRawText(tag);
    }
  }
  addText(html.slice(at));
  return fragment;
}
