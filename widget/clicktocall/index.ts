/** ClickToCall: its commands and events, and which of them is possible when. */

import type { Environment } from "../app/types";
import type { Deferred, GlobalBus, Options } from "../bus/types";
import { loadCall } from "../call/load";
import type { Outcome } from "../call/outcome";
import { followLanguage } from "../i18n/strings";
import { storedRecord } from "../service/stored";
import { followTheme } from "../theme/theme";
import { createJournal } from "./metadata";
import { createOpening, type Context, type Opening } from "./opening";
import { isObject, OPTION_TYPES } from "./options";

const DEFAULTS = {
  provideAccessCode: true,
  enableCountdown: true,
  autoDialAccessCode: true,
  unminimizeOnAlert: true,
  confirmFormCloseEnabled: true,
  servicePlugin: "ClickToCallService",
};

const EVENTS = "ready opened closed started cancelled submitted completed expired minimized unminimized";

/** Prefill as an object, or the JSON of one; `undefined` for anything else. */
function readForm(form: unknown = {}): Options | undefined {
  try {
    if (typeof form == "string") form = JSON.parse(form);
  } catch {
    return;
  }
  return isObject(form) ? form : undefined;
}

export function registerClickToCall(bus: GlobalBus, environment: Environment): void {
  const plugin = bus.registerPlugin("ClickToCall");
  if (!plugin) return;
  let opening: Opening | undefined;
  let isBeginning = false;
  const journal = createJournal(plugin);
  const context: Context = { bus, plugin, environment, options: DEFAULTS, journal, current: () => opening };
  const service = (name: string) => context.options.servicePlugin + "." + name;

  /** @param wanted Whether the visitor asked for it: then the focus moves in. */
  const begin = async (given: Options, restored: Outcome | undefined, wanted: boolean) => {
    const loading = loadCall().catch(() => undefined);
    const isNeeded = restored || [given.formJSON, context.options.formJSON].some(isObject);
    const part = (isNeeded && (await loading)) || undefined;
    opening = createOpening(context, given);
    if (part && restored) part.showNumber(opening, restored, part);
    else opening.showForm(given.form, part);
    opening.window.show(wanted);
  };

  /** Asks the service for a number of before, which may have expired meanwhile. */
  const restore = async () => {
    const answer = await new Promise<Options | undefined>((resolve) =>
      plugin.command(service("restore")).always(resolve),
    );
    if (answer?.bRestoreSuccess) return { iExpireTime: answer.iExipreTime, ...answer } as Outcome;
    return undefined;
  };

  const open = async (given: Options, wanted: boolean) => {
    isBeginning = true;
    try {
      journal.reset();
      let restored = await restore();
      if (wanted && restored && restored.iExpireTime! < 0) {
        journal.publish("expired");
        restored = undefined;
      }
      if (wanted || restored) await begin(given, restored, wanted);
    } finally {
      isBeginning = false;
    }
    if (opening) journal.publish("opened");
  };

  const close = (deferred?: Deferred) => {
    const { window, conversation } = opening!;
    opening = undefined;
    window.hide();
    if (!conversation?.end()) journal.publish("cancelled");
    journal.publish("closed");
    deferred?.resolve();
  };

  environment.configurable(plugin, "clicktocall", OPTION_TYPES, (given) => {
    context.options = { ...DEFAULTS, ...given };
    plugin.subscribe(service("numberReceived"), ({ data }) =>
      opening?.talk((conversation) => conversation.receive(data)),
    );
    plugin.subscribe(service("callStatus"), ({ data }) => loadCall().then((part) => part.showStatus(context, data)));
    // A number that was on screen when the last page was left comes back by itself.
    (window.requestIdleCallback ?? setTimeout)(() => {
      if (!opening && !isBeginning && /"open":true/.test(storedRecord())) open({ form: {} }, false);
    });
  });

  plugin.registerCommand("open", async ({ data, deferred }) => {
    // A page that replaced its body took the panel away.
    if (opening && !opening.window.isConnected()) opening = undefined;
    const form = readForm(data.form);
    if (opening || isBeginning) deferred.reject("already opened");
    else if (!form) deferred.reject("Invalid form");
    else {
      await open({ ...data, form }, true);
      deferred.resolve();
      if (form.autoSubmit === true) context.current()?.submit(true);
    }
  });

  plugin.registerCommand("close", ({ deferred }) => {
    if (!opening) deferred.reject("already closed");
    else if (context.options.confirmFormCloseEnabled && opening.form?.isFilled())
      opening
        .talk((conversation) =>
          conversation.confirmClose((yes) => (yes ? close(deferred) : deferred.reject("User must confirm close"))),
        )
        .catch(() => close(deferred));
    else close(deferred);
  });

  plugin.registerCommand("minimize", ({ deferred }) => {
    opening?.toggleMinimized();
    deferred.resolve();
  });

  plugin.registerEvents(EVENTS.split(" "));
  plugin.subscribe("App.closeAll", () => opening && close());
  followLanguage(plugin);
  followTheme(plugin, environment);
}
