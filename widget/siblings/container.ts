/** The frame that widgets share: title bar, body, buttons, with the class names pages know. */

import type { Options } from "../bus/types";
import { h } from "../window/element";
import { contentOf } from "./content";
import { iconNamed } from "./icons";
import { bus } from "./lent";
import { strings } from "./words";

const CONTROLS: Record<string, string> = { close: "AriaClose", minimize: "AriaMinimize" };
/** What is ours of the texts in a frame, by its key: others may have the same in theirs. */
const KEY = "data-warmcall-key";

let say: (key: string) => string;

const translate = (element: Element): void => {
  const key = element.getAttribute(KEY)!;
  if (/^Aria/.test(key)) element.setAttribute("aria-label", say(key));
  else element.textContent = say(key);
};

/** From now on frames speak the language in force, those on screen too. */
export function followWords(): void {
  say = strings(bus, "common");
  bus.subscribe("App.i18n", () => document.querySelectorAll(`[${KEY}]`).forEach(translate));
}

/** Gives an element a text of ours, or a name for screen readers, where the key begins with `Aria`. */
export function withWords<Made extends Element>(element: Made, key: string): Made {
  element.setAttribute(KEY, key);
  translate(element);
  return element;
}

const textOf = (given: unknown) => (typeof given == "string" ? given : "");

/** A button from its text or `{label, classes, i18n}`. */
function createButton(given: Options | string, kind: string): HTMLElement {
  const { label, text, classes = "", i18n, key } = typeof given == "string" ? { label: given } : (given as Options);
  const button = h(
    "button",
    { type: "button", class: `cx-btn cx-btn-${kind} ${classes}`.trim(), "data-message": i18n },
    label ?? text ?? i18n,
  );
  return key ? withWords(button, key) : button;
}

const OK = { key: "OK" };

/** Buttons of a kind: `binary` has a second choice before the first. */
export function createButtons({ type = "default", primary, secondary, text }: Options = {}): HTMLElement {
  const isBinary = type == "binary" || (primary && secondary);
  return h(
    "div",
    { class: "cx-button-group cx-buttons-" + (isBinary ? "binary" : type) },
    isBinary && createButton(secondary ?? { key: "No" }, "default"),
    isBinary || type == "primary"
      ? createButton(primary ?? text ?? OK, "primary")
      : createButton(text ?? primary ?? secondary ?? OK, "default"),
  );
}

/**
 * @param options `type` (`generic`, `overlay`, `toast`), `title`, `subtitle`, `body`, `icon`, `controls` (`close`,
 *   `minimize`, `all`), `buttons`, `classes`. `body` may be markup, an element or a set.
 */
export function createContainer(options: Options = {}): HTMLElement {
  const { type = "generic", title, subtitle, body, icon, controls = "", buttons, classes = "" } = options;
  const control = (name: string) =>
    (controls == "all" || controls == name) &&
    withWords(h("button", { type: "button", class: "cx-button-" + name }, iconNamed(name)), CONTROLS[name]!);
  const picture = icon && (typeof icon == "string" && /^[\w-]+$/.test(icon) ? iconNamed(icon) : contentOf(icon));
  return h(
    "div",
    { class: `cx-common-container cx-${type} ${classes}`.trim() },
    h(
      "div",
      { class: "cx-titlebar" },
      picture && h("span", { class: "cx-icon" }, picture),
      h(
        "div",
        { class: "cx-heading" },
        title && h("h2", { class: "cx-title" }, textOf(title)),
        subtitle && h("div", { class: "cx-subtitle" }, textOf(subtitle)),
      ),
      h("div", { class: "cx-buttons-window-control" }, control("minimize"), control("close")),
    ),
    h("div", { class: "cx-body" }, contentOf(body)),
    buttons &&
      h(
        "div",
        { class: "cx-button-container" },
        buttons.primary || buttons.secondary || buttons.text ? createButtons(buttons) : contentOf(buttons),
      ),
  );
}
