/** The part that is loaded when a visitor shows an intention: the panel up to the form, and what is possible when. */

import type { CommandEvent, Deferred, Options } from "../bus/types";
import type { Outcome } from "../call/outcome";
import { createRow } from "../form/row";
import { type Kit, take } from "../kit/kit";
import css from "../theme/panel.css";
import type { Context } from "./context";
import { english } from "./en";
import { createJournal, type Journal } from "./metadata";
import { createOpening, isMobile, type Opening } from "./opening";
import { isObject } from "./options";
import { warm } from "./warm";

export interface PanelPart {
  createClickToCall: typeof createClickToCall;
  warm: typeof warm;
}

export function install(kit: Kit): PanelPart {
  take(kit);
  kit.addEnglish(english);
  kit.addStyle(css);
  return { createClickToCall, warm };
}

export interface ClickToCall {
  open(event: CommandEvent): Promise<void>;
  /** @param deferred Settled when it is closed, or the visitor does not want that. */
  close(deferred: Deferred): void;
  toggleMinimized(): void;
  /** Shows a number of before, if there is one and nothing is open. */
  comeBack(): void;
}

/** What the openings of the panel share. */
export interface Scene extends Context {
  journal: Journal;
  /** The opening there is now, if any: a number outlives the one it came in. */
  current(): Opening | undefined;
}

/** Prefill as an object, or the JSON of one; `undefined` for anything else. */
function readForm(form: unknown = {}): Options | undefined {
  try {
    if (typeof form == "string") form = JSON.parse(form);
  } catch {
    return;
  }
  return isObject(form) ? form : undefined;
}

export function createClickToCall(context: Context): ClickToCall {
  const { bus, plugin, options, loadCall, environment } = context;
  let opening: Opening | undefined;
  let isBeginning = false;
  /** Looks for a number of before, and perhaps finds none. */
  let comingBack: Promise<void> | undefined;
  const journal = createJournal(plugin, context.ready);
  const scene: Scene = { ...context, journal, current: () => opening };
  const service = (name: string) => options.servicePlugin + "." + name;

  /** A form that the page describes; without one, or with one that makes no sense, ours is shown. */
  const readDescription = async (definition: unknown) => {
    if (definition === undefined) return undefined;
    const { report, loadJQuery, configuration } = environment;
    const sentences = () => bus.data("App.i18n");
    const surroundings = { createRow, loadJQuery, bus, common: configuration.common, sentences, report };
    try {
      return await (await context.loadForm()).prepare(definition, surroundings);
    } catch (error) {
      report("formJSON", error);
      return undefined;
    }
  };

  /** @param wanted Whether the visitor asked for it: then the focus moves in. */
  const begin = async (given: Options, restored: Outcome | undefined, wanted: boolean) => {
    const loading = loadCall().catch(() => undefined);
    const call = restored && (await loading);
    const describe = call ? undefined : await readDescription(given.formJSON ?? options.formJSON);
    if (environment.signal.aborted) return;
    opening = createOpening(scene, given, describe);
    if (call) call.showNumber(opening, restored);
    else opening.showForm(given.form);
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

  const begun = async (given: Options, wanted: boolean) => {
    isBeginning = true;
    try {
      journal.reset();
      let restored = await restore();
      // Without a countdown nothing would tell that it has expired.
      if (restored && restored.iExpireTime! < 0 && (wanted || !options.enableCountdown)) {
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

  plugin.subscribe(service("numberReceived"), ({ data }) =>
    opening?.talk((conversation) => conversation.receive(data)),
  );
  plugin.subscribe(service("callStatus"), ({ data }) => loadCall().then((part) => part.showStatus(scene, data)));
  plugin.subscribe("App.theme", () => opening?.window.dress());
  plugin.subscribe("App.zoom", () => opening?.window.setMobile(isMobile(scene)));
  plugin.subscribe("App.closeAll", () => opening && close());

  environment.signal.addEventListener("abort", () => {
    opening?.window.hide();
    opening = undefined;
  });

  return {
    async open({ data, deferred }) {
      const form = readForm(data.form);
      if (comingBack) await comingBack.catch(() => {});
      if (opening || isBeginning) deferred.reject("already opened");
      else if (!form) deferred.reject("Invalid form");
      else {
        await begun({ ...data, form }, true);
        deferred.resolve();
        if (form.autoSubmit === true) scene.current()?.submit(true);
      }
    },
    close(deferred) {
      if (!opening) deferred.reject("already closed");
      else if (options.confirmFormCloseEnabled && opening.form?.isFilled())
        opening
          .talk((conversation) =>
            conversation.confirmClose((yes) => (yes ? close(deferred) : deferred.reject("User must confirm close"))),
          )
          .catch(() => close(deferred));
      else close(deferred);
    },
    toggleMinimized: () => opening?.toggleMinimized(),
    comeBack() {
      if (opening || isBeginning) return;
      const end = () => (comingBack = undefined);
      comingBack = begun({ form: {} }, false).finally(end);
    },
  };
}
