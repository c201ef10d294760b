/** What markup of a page may hold: elements that show something, attributes that run nothing. */

const ELEMENTS = new Set(
  (
    "a abbr address article aside b bdi bdo blockquote br button caption center cite code col colgroup data datalist dd del " +
    "details dfn div dl dt em fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hgroup hr i img input ins " +
    "kbd label legend li main mark menu meter nav ol optgroup option output p picture pre progress q rp rt ruby s samp " +
    "search section select small source span strike strong sub summary sup table tbody td textarea tfoot th thead time " +
    "tr u ul var video audio wbr svg g path circle ellipse line polyline polygon rect text"
  ).split(" "),
);
const VOID = /^(area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/;
/** Names that would run something or reach out of the place the markup is put. */
const FORBIDDEN = /^(on|xlink:|xmlns)|^(srcdoc|formaction|ping|is|slot|nonce|integrity|background|manifest)$/;
const ADDRESSES = /^(href|src|action|cite|poster)$/;
const SAFE_SCHEME = /^(https?|mailto|tel|sms):/i;

export const isElementAllowed = (tag: string): boolean => ELEMENTS.has(tag);
export const isVoid = (tag: string): boolean => VOID.test(tag);

function isSafeAddress(element: Element, name: string, value: string): boolean {
  // Browsers leave these out when they read the scheme.
  const address = value.replace(/[\0-\x20]/g, "");
  return (
    !/^[^/?#]*:/.test(address) ||
    SAFE_SCHEME.test(address) ||
    (name == "src" && element.localName == "img" && /^data:image\//i.test(address))
  );
}

/** Sets an attribute unless it could run something. */
export function setAttribute(element: Element, name: string, value: string): void {
  if (FORBIDDEN.test(name) || (ADDRESSES.test(name) && !isSafeAddress(element, name, value))) return;
  // A policy may forbid the attribute; what scripts set this way is none.
  if (name == "style") (element as HTMLElement).style.cssText = value;
  else
    try {
      // Names in SVG have capitals.
      element.setAttribute(name == "viewbox" ? "viewBox" : name, value);
    } catch {
      // A name that is none.
    }
  if (name == "target" && !element.hasAttribute("rel")) element.setAttribute("rel", "noopener");
}
