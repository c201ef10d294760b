/** What opens the panel: links and buttons of the page, and a floating button of our own. */

import type { Environment } from "../app/types";
import { NOT_LOADED } from "../bus/loading";
import type { GlobalBus, Options } from "../bus/types";
import { loadCall } from "../call/load";
import { loadCountries, loadGroup, loadPanel } from "../clicktocall/load";
import { hasGroup } from "../clicktocall/options";
import { languageAttributes, say } from "../i18n/strings";
import { createHost } from "../theme/sheet";
import { followSystem, themeClass } from "../theme/theme";
import { callShape, h, icon } from "../window/element";
import { keepInPage } from "../window/presence";

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
  const { signal } = environment;
  const onClick = (event: MouseEvent) => {
    const opener = openerOf(event);
    const { button, ctrlKey, metaKey, shiftKey, altKey } = event;
    if (!opener || event.defaultPrevented || button || ctrlKey || metaKey || shiftKey || altKey) return;
    event.preventDefault();
    // Safari leaves the focus where it was when a button is clicked; it shall come back here.
    opener.focus({ preventScroll: true });
    const options = optionsOf(opener, environment.report);
    bus.command("ClickToCall.open", options).fail((reason) => {
      const number = options.fallbackNumber ?? environment.configuration.clicktocall?.fallbackNumber;
      if (reason == NOT_LOADED && number) dial(opener, number);
      else if (document.querySelector("warmcall-panel")?.shadowRoot!.querySelector(".cx-minimized"))
        bus.command("ClickToCall.minimize");
    });
  };
  document.addEventListener("click", onClick, { signal });

  const options = environment.configuration.clicktocall ?? {};
  const { launcher, site } = options;
  let isWarm = false;
  const onIntent = (event: Event) => {
    if (isWarm || !openerOf(event)) return;
    isWarm = true;
    const countries = site && loadCountries().catch(() => {});
    loadPanel().then(async (part) => part.warm(await countries), () => {});
    loadCall().catch(() => {});
    if (hasGroup(options)) loadGroup().then((part) => part.ask(environment, options), () => {});
  };
  for (const type of ["pointerover", "focusin", "touchstart"])
    document.addEventListener(type, onIntent, { passive: true, signal });

  // A page written for another server has buttons of its own.
  if (launcher === false || !(launcher || site)) return;
  const install = () => installButton(bus, signal, launcher);
  if (document.body) install();
  else document.addEventListener("DOMContentLoaded", install, { signal });
}

/** The server is out of reach, and the panel with it: what is left is the telephone, and a number to read. */
function dial(opener: HTMLElement, number: string): void {
  const text = opener.querySelector("svg+span");
  if (text) text.textContent = number;
  location.href = "tel:" + number.replace(/[^\d+]/g, "");
}

function installButton(bus: GlobalBus, signal: AbortSignal, { label, position }: Options = {}): void {
  const text = h("span");
  const button = h(
    "button",
    { type: "button", part: "launcher", "data-warmcall-open": true },
    icon(callShape),
    text,
  );
  const dress = () => {
    button.className = `cx-widget launcher primary ${themeClass()} ${/left/.test(position) && "cx-left"}`;
    text.textContent = label ?? say("Launcher");
    Object.assign(button, languageAttributes());
  };
  bus.subscribe("App.theme", dress);
  followSystem(dress, signal);
  bus.subscribe("App.i18n", dress);
  bus.subscribe("ClickToCall.opened", () => (button.hidden = true));
  bus.subscribe("ClickToCall.closed", () => {
    button.hidden = false;
    // The panel could not give the focus back to a hidden button.
    if (document.activeElement == document.body) button.focus({ preventScroll: true });
  });
  const host = createHost("warmcall-launcher", button);
  signal.addEventListener("abort", keepInPage(host, () => (document.body ?? document.documentElement).append(host)));
}
