/** Dark or light: as the page chose, else as the visitor prefers. */

import type { Environment } from "../app/types";
import type { GlobalBus } from "../bus/types";

const system = () => matchMedia("(prefers-color-scheme:dark)");

let chosen = "";
let still = "";

/** Follows App's theme. App announces a default of its own first, which nobody chose. */
export function followTheme(bus: Pick<GlobalBus, "subscribe">, { configuration }: Environment): void {
  const { theme = "auto", transitions } = configuration.main;
  still = transitions === false ? " cx-still" : "";
  chosen = "";
  let isChoice = theme != "auto";
  bus.subscribe("App.theme", ({ data }) => {
    if (isChoice) chosen = data.theme;
    isChoice = true;
  });
}

/** Runs `dress` whenever the visitor's system changes between light and dark, which it may do at dusk. */
export const followSystem = (dress: () => void, signal: AbortSignal): void =>
  system().addEventListener("change", dress, { signal });

/** The CSS class of the theme in force, and one that stops what moves if the page wants that. */
export const themeClass = (): string =>
  (chosen || (system().matches ? "cx-theme-dark" : "cx-theme-light")) + still;
