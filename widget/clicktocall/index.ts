/** ClickToCall as a page finds it: its commands. What they do comes with the panel, when a visitor shows an intention. */

import type { Environment } from "../app/types";
import { NOT_LOADED } from "../bus/loading";
import type { CommandEvent, Deferred, GlobalBus } from "../bus/types";
import { loadCall } from "../call/load";
import { followLanguage } from "../i18n/strings";
import { storedRecord } from "../service/stored";
import { followTheme } from "../theme/theme";
import type { Context } from "./context";
import { loadCountries, loadForm, loadGroup, loadPanel } from "./load";
import { OPTION_TYPES } from "./options";
import type { ClickToCall } from "./panel";

const DEFAULTS = {
  provideAccessCode: true,
  enableCountdown: true,
  autoDialAccessCode: true,
  unminimizeOnAlert: true,
  confirmFormCloseEnabled: true,
  servicePlugin: "ClickToCallService",
};

const EVENTS = "ready opened closed started cancelled submitted completed expired minimized unminimized";

export function registerClickToCall(bus: GlobalBus, environment: Environment): void {
  const plugin = bus.registerPlugin("ClickToCall");
  if (!plugin) return;
  const ready = Date.now();
  const parts = { loadCall, loadForm, loadGroup, loadCountries };
  const context: Context = { bus, plugin, environment, options: DEFAULTS, ready, ...parts };
  let loaded: ClickToCall | undefined;

  const withPanel = (then: (panel: ClickToCall) => unknown, deferred?: Deferred) =>
    loadPanel().then(
      (part) => environment.signal.aborted || then((loaded ??= part.createClickToCall(context))),
      () => deferred?.reject(NOT_LOADED),
    );

  environment.configurable(plugin, "clicktocall", OPTION_TYPES, (given) => {
    context.options = { ...DEFAULTS, ...given };
    // A number that was on screen when the last page was left comes back by itself.
    (window.requestIdleCallback ?? setTimeout)(() => {
      if (/"open":true/.test(storedRecord())) withPanel((panel) => panel.comeBack());
    });
  });

  const commands: Record<string, (event: CommandEvent) => unknown> = {
    open: (event) => withPanel((panel) => panel.open(event), event.deferred),
    close: (event) => (loaded ? loaded.close(event.deferred) : event.deferred.reject("already closed")),
    minimize({ deferred }) {
      loaded?.toggleMinimized();
      deferred.resolve();
    },
  };
  for (const name in commands) plugin.registerCommand(name, commands[name]!);
  plugin.registerEvents(EVENTS.split(" "));
  followLanguage(plugin);
  followTheme(plugin, environment);
}
