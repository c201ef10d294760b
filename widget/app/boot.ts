/** Puts bus, App and plugins into the page, once, and never lets a fault of ours reach it. */

import { createBus } from "../bus/bus";
import type { GlobalBus } from "../bus/types";
import { registerApp } from "./app";
import { isConfigured } from "./host";
import type { Environment } from "./types";

declare const WARMCALL_VERSION: string;

export type Register = (bus: GlobalBus, environment: Environment) => void;

/** @param plugins File names of plugins, as `loadPlugin` knows them, with what registers each. */
export function boot(plugins: Record<string, Register>, launcher: Register): void {
  const page = window as any;
  if (page.Warmcall) return;
  page.Warmcall = { version: WARMCALL_VERSION };
  const included: Record<string, () => void> = {};
  const { bus, isLoading } = createBus(included);
  page.CXBus = bus;
  const { environment, start } = registerApp(bus, () => {
    for (const name in plugins) bus.loadPlugin(name);
    launcher(bus, environment);
  });
  // Registered when a command first needs it or App starts, so that an extension may take the name before.
  for (const name in plugins) included[name] = () => plugins[name]!(bus, environment);
  included["widgets-core"] = start;

  /** A page may load its configuration as a file: nothing starts while that is under way. */
  const startWhenLoaded = () => (isLoading() ? setTimeout(startWhenLoaded, 20) : start());
  if (isConfigured()) start();
  else if (document.readyState == "loading") document.addEventListener("DOMContentLoaded", startWhenLoaded);
  else setTimeout(startWhenLoaded);
}
