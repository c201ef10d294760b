/** Puts bus, App and plugins into the page, once, and never lets a fault of ours reach it. */

import { createBus } from "../bus/bus";
import type { GlobalBus, Options } from "../bus/types";
import { type App, registerApp } from "./app";
import type { SiblingsPart } from "../siblings";
import { followSystem, themeClass } from "../theme/theme";
import { attributes, isConfigured, partsFolder } from "./host";
import type { Environment } from "./types";

declare const WARMCALL_VERSION: string;

export type Register = (bus: GlobalBus, environment: Environment) => void;

/** `window.Warmcall`, which stays as long as the script: all else goes with `unmount`. */
export interface Warmcall {
  readonly version: string;
  /** Whether the widget is in the page, as the page's configuration has it. */
  readonly mounted: boolean;
  /** Puts it there; with other options than before once more, else it does nothing. */
  mount(options?: Options): void;
  unmount(): void;
}

/**
 * @param plugins File names of plugins, as `loadPlugin` knows them, with what registers each.
 * @param launcher Installed once App is ready.
 */
export function boot(plugins: Record<string, Register>, launcher: Register): void {
  const page = window as any;
  if (page.Warmcall?.mounted) return;
  // A page that has cleared its configuration and loads the script again wants all of it anew.
  page.Warmcall?.unmount?.();
  let current: App | undefined;
  let ending: AbortController | undefined;
  let last = "";

  const install = (given: Options) => {
    const { signal } = (ending = new AbortController());
    const included: Record<string, () => void> = {};
    const { bus, isLoading } = createBus(included, (file) =>
      import(partsFolder + "siblings.js").then((part: SiblingsPart) => part.load(file, { bus, environment, themeClass, followSystem })),
    );
    const before = Object.getOwnPropertyDescriptor(page, "CXBus");
    page.CXBus = bus;
    signal.addEventListener("abort", () => {
      if (page.CXBus != bus) return;
      delete page.CXBus;
      if (before) Object.defineProperty(page, "CXBus", before);
    });
    const { environment, start } = (current = registerApp(bus, given, signal, () => {
      for (const name in plugins) bus.loadPlugin(name);
      launcher(bus, environment);
    }));
    // Registered when a command first needs it or App starts, so that an extension may take the name before.
    for (const name in plugins) included[name] = () => plugins[name]!(bus, environment);
    included["widgets-core"] = start;

    /** A page may load its configuration as a file: nothing starts while that is under way. */
    const startWhenLoaded = () => {
      if (!signal.aborted) isLoading() ? setTimeout(startWhenLoaded, 20) : start();
    };
    if (isConfigured() || Object.keys(given).length) start();
    else if (document.readyState == "loading")
      document.addEventListener("DOMContentLoaded", startWhenLoaded, { signal });
    else setTimeout(startWhenLoaded);
  };

  const warmcall: Warmcall = {
    version: WARMCALL_VERSION,
    get mounted() {
      return !!current?.isCurrent();
    },
    mount(options) {
      const wanted = JSON.stringify(options);
      if (warmcall.mounted && (!options || wanted == last)) return;
      warmcall.unmount();
      last = wanted;
      install(options ?? {});
    },
    unmount() {
      current = undefined;
      // Not at the first mount: an abort makes an exception, for whose stack all running functions are parsed again.
      ending?.abort();
    },
  };
  page.Warmcall = warmcall;
  if (attributes.mount != "off") warmcall.mount();
}
