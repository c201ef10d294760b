/** Where siblings live: an element with a shadow root that no style of the page reaches, in the topmost layer. */

import { directionOf } from "../i18n/direction";
import { bus, environment, followSystem, themeClass, whenEnded } from "./lent";
import { language } from "./words";
import frame from "./frame.css";
import content from "./content.css";

const sheetOf = (css: string) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return sheet;
};
/** Dresses what the page put into our frames; it is in the document only as long as one of them is. */
let light: CSSStyleSheet | undefined;
const withLight = new Set<Element>();

function dress(host: Element, isShown: boolean): void {
  if (isShown) withLight.add(host);
  else withLight.delete(host);
  const sheet = (light ??= sheetOf(content));
  const others = document.adoptedStyleSheets.filter((one) => one != sheet);
  document.adoptedStyleSheets = withLight.size ? [...others, sheet] : others;
}

/** On a phone, also on its side, or in a page as narrow as one. */
export const isNarrow = (): boolean => {
  const { mobileMode = "auto", mobileModeBreakpoint = 600 } = environment.configuration.main ?? {};
  if (mobileMode != "auto") return !!mobileMode;
  return bus.data("App.mobileMode") || matchMedia(`(max-width:${mobileModeBreakpoint}px)`).matches;
};

/** The element with the focus, however deep in shadow roots. */
export function focused(): HTMLElement | null {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element as HTMLElement | null;
}

/**
 * Makes a host that follows theme and language.
 *
 * @param classes Of the host itself, where pages look for them.
 * @param css Beside the style all share.
 */
export function createHost(name: string, classes: string, css: string, ...children: Node[]): HTMLElement {
  const host = document.createElement(name);
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheetOf(frame + css)];
  root.append(...children);
  const follow = () => {
    host.className = `${classes} ${themeClass()}`;
    host.lang = language();
    host.dir = directionOf(language());
  };
  for (const event of ["App.theme", "App.language"]) bus.subscribe(event, follow);
  followSystem(follow, environment.signal);
  follow();
  whenEnded(() => hide(host));
  return host;
}

function hide(host: HTMLElement): void {
  host.remove();
  dress(host, false);
}

/**
 * Puts a host into the page above all else, into the page's own modal dialog if one is open, and takes it out again.
 */
export function show(host: HTMLElement, isShown = true): void {
  if (!isShown) return hide(host);
  const modal = [...document.querySelectorAll<HTMLDialogElement>("dialog:modal")].at(-1);
  modal?.addEventListener("close", () => host.isConnected && show(host), { once: true });
  host.setAttribute("popover", "manual");
  (modal ?? document.body).append(host);
  host.showPopover?.();
  dress(host, true);
}

/** A hidden text for screen readers, said when it changes. */
export function label(): HTMLElement {
  const line = document.createElement("div");
  line.className = "say";
  line.setAttribute("role", "status");
  return line;
}
