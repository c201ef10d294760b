/** The part with how long a caller would have to wait, shown in the form where the page wants that. */

import { NOT_LOADED } from "../bus/loading";
import type { Options, Plugin } from "../bus/types";
import { h, type Kit, languageAttributes, say, take } from "../kit/kit";

export interface WaitPart {
  showWait: typeof showWait;
}

export function install(kit: Kit): WaitPart {
  take(kit);
  return { showWait };
}

const DEFAULTS = { display: true, queue: "", threshold: 30, refreshInterval: 10 };

const inMinutes = (seconds: number) =>
  new Intl.NumberFormat(languageAttributes().lang, { style: "unit", unit: "minute" }).format(Math.ceil(seconds / 60));

/**
 * Shows the wait in a form as long as it is on screen.
 *
 * @param isShown Whether the form still is on screen.
 * @param signal Ends the asking.
 */
function showWait(
  form: HTMLElement,
  plugin: Plugin,
  given: Options,
  isShown: () => boolean,
  signal: AbortSignal,
): void {
  const { display, queue, threshold, refreshInterval } = { ...DEFAULTS, ...given };
  if (!display || !queue) return;
  const text = h("span", { class: "cx-wait-time-display" });
  const label = h("span", { class: "cx-wait-time-label" }, say("WaitTime"));
  const container = h("p", { class: "hint cx-wait-time-container cx-hidden", role: "status" }, label, " ", text);
  form.querySelector(".cx-form-inputs")!.after(container);
  let timer = 0;

  const show = (seconds: unknown) => {
    const isLong = typeof seconds == "number" && seconds >= threshold;
    container.classList.toggle("cx-hidden", !isLong);
    if (isLong) text.textContent = inMinutes(seconds);
  };
  const ask = () => {
    const again = (reason?: unknown) => {
      // Gone with its form, or there is nobody to ask.
      if (!signal.aborted && isShown() && reason != NOT_LOADED)
        timer = window.setTimeout(ask, refreshInterval * 1000);
    };
    plugin
      .command("StatsService.getStats", { group: "EWT", vqName: queue })
      .done(({ ewt }: Options = {}) => {
        show(ewt == null ? undefined : +ewt);
        again();
      })
      .fail((reason) => {
        show(undefined);
        again(reason);
      });
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  ask();
}
