/** What opens the panel: links and buttons of the page, and a floating button of our own. */

import type { Environment } from "../app/types";
import type { GlobalBus, Options } from "../bus/types";
import { warm } from "../clicktocall/warm";
import { languageAttributes, say } from "../i18n/strings";
import { createHost } from "../theme/sheet";
import { themeClass } from "../theme/theme";
import { h, icon, shapes } from "../window/element";

/** The element with `data-warmcall-open` that an event happened in, through shadow roots. */
const openerOf = (event: Event) =>
  event.composedPath().find((target) => (target as HTMLElement).dataset?.warmcallOpen != null) as
    | HTMLElement
    | undefined;

/** What `open` is told by the attributes of an opener; JSON that is none is reported and left out. */
function optionsOf({ dataset, href }: HTMLElement & { href?: unknown }, report: Environment["report"]): Options {
  const options: Options = {};
  try {
    if (/^tel:/.test(String(href))) options.fallbackNumber = String(href).slice(4);
    if (dataset.warmcallForm) options.form = JSON.parse(dataset.warmcallForm);
    if (dataset.warmcallUserData) options.userData = JSON.parse(dataset.warmcallUserData);
  } catch (error) {
    report("data-warmcall-form and data-warmcall-user-data must be JSON", error);
  }
  return options;
}

export function installLauncher(bus: GlobalBus, environment: Environment): void {
  document.addEventListener("click", (event) => {
    const opener = openerOf(event);
    const { button, ctrlKey, metaKey, shiftKey, altKey } = event;
    if (!opener || event.defaultPrevented || button || ctrlKey || metaKey || shiftKey || altKey) return;
    event.preventDefault();
    // Safari leaves the focus where it was when a button is clicked; it shall come back here.
    opener.focus({ preventScroll: true });
    bus.command("ClickToCall.open", optionsOf(opener, environment.report)).fail(() => {
      if (document.querySelector("warmcall-panel")?.shadowRoot!.querySelector(".cx-minimized"))
        bus.command("ClickToCall.minimize");
    });
  });

  const intents = ["pointerover", "focusin", "touchstart"];
  const onIntent = (event: Event) => {
    if (!openerOf(event)) return;
    for (const type of intents) document.removeEventListener(type, onIntent);
    warm();
  };
  for (const type of intents) document.addEventListener(type, onIntent, { passive: true });

  const { launcher, site } = environment.configuration.clicktocall ?? {};
  // A page written for another server has buttons of its own.
  if (launcher === false || launcher == "off" || !(launcher || site)) return;
  const install = () => installButton(bus, launcher);
  if (document.body) install();
  else document.addEventListener("DOMContentLoaded", install);
}

function installButton(bus: GlobalBus, { label, position }: Options = {}): void {
  const text = h("span");
  const button = h(
    "button",
    { type: "button", part: "launcher", "data-warmcall-open": true },
    icon(shapes.call),
    text,
  );
  const dress = () => {
    button.className = `cx-widget launcher primary ${themeClass()} ${/left/.test(position) && "cx-left"}`;
    text.textContent = label ?? say("Launcher");
    Object.assign(button, languageAttributes());
  };
  bus.subscribe("App.theme", dress);
  bus.subscribe("App.i18n", dress);
  bus.subscribe("ClickToCall.opened", () => (button.hidden = true));
  bus.subscribe("ClickToCall.closed", () => {
    button.hidden = false;
    // The panel could not give the focus back to a hidden button.
    if (document.activeElement == document.body) button.focus({ preventScroll: true });
  });
  document.body.append(createHost("warmcall-launcher", button));
}
