/** What App tells of the page: whether it is a phone's, narrow, in use, in sight. */

import type { Options, Plugin } from "../bus/types";

/** Decided once, at the start. */
export const isMobile = ({ mobileMode = "auto", mobileModeBreakpoint: px = 600 }: Options): boolean =>
  mobileMode == "auto"
    ? /Android|iPhone|iPad|Mobi/.test(navigator.userAgent) &&
      matchMedia(`(max-width:${px}px),(max-height:${px}px)`).matches
    : mobileMode;

export function followPage(app: Plugin, main: Options, mobileMode: boolean, signal: AbortSignal): void {
  const listen = (target: EventTarget, type: string, note: (event?: Event) => unknown) =>
    target.addEventListener(type, note, { signal });

  for (const type of ["focus", "blur"])
    listen(window, type, () => {
      app.data("pageFocus", type == "focus");
      app.publish(type);
    });
  app.data("pageFocus", document.hasFocus());

  const hide = () => app.data("pageHidden", document.hidden);
  listen(document, "visibilitychange", hide);
  hide();

  if (mobileMode) {
    app.republish("mobileMode");
    return;
  }
  const narrow = matchMedia(`(max-width:${main.zoomBreakpoint ?? "42em"})`);
  const layout = () => (narrow.matches ? "mobile" : "desktop");
  listen(narrow, "change", () => {
    app.data("zoom", layout());
    app.republish("zoom", { layout: layout() });
  });
  app.data("zoom", layout());
}
