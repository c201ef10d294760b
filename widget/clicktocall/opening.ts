/** One opening of the panel: its window and its form. What comes after the form is a conversation. */

import type { Environment } from "../app/types";
import type { GlobalBus, Options, Plugin } from "../bus/types";
import type { Conversation } from "../call/conversation";
import type { CallPart } from "../call";
import { loadCall } from "../call/load";
import { createForm, type Form } from "../form/form";
import { createStandardRows } from "../form/row";
import { say } from "../i18n/strings";
import { h } from "../window/element";
import { createWindow, type PanelWindow } from "../window/window";
import type { Journal } from "./metadata";
import { isObject } from "./options";

export interface Context {
  bus: GlobalBus;
  plugin: Plugin;
  environment: Environment;
  options: Options;
  journal: Journal;
  /** The opening there is now, if any: a number outlives the one it came in. */
  current(): Opening | undefined;
}

export interface Opening {
  readonly context: Context;
  /** The options of `open`. */
  readonly given: Options;
  readonly window: PanelWindow;
  form: Form | undefined;
  conversation: Conversation | undefined;
  /** Asks to close, as the visitor does by Escape and the close button. */
  close(): void;
  /** @param part Needed for a form that the page describes. */
  showForm(values: Options, part?: CallPart): void;
  /** @param unchecked Leaves out the look at the phone number. */
  submit(unchecked?: boolean): void;
  /** Goes on with the conversation, once it is loaded. */
  talk(then: (conversation: Conversation) => void): Promise<void>;
  toggleMinimized(): void;
}

export function createOpening(context: Context, given: Options): Opening {
  const { bus, plugin, environment, options, journal } = context;
  const { main, common } = environment.configuration;
  const { mobileMode = "auto", mobileModeBreakpoint = 600 } = main;
  const mobile = mobileMode == "auto" ? matchMedia(`(max-width:${mobileModeBreakpoint}px)`).matches : mobileMode;

  const opening: Opening = {
    context,
    given,
    window: createWindow(
      mobile,
      /left/.test(options.launcher?.position),
      () => opening.close(),
      () => plugin.command("minimize"),
    ),
    form: undefined,
    conversation: undefined,
    close: () => opening.conversation?.keepOpen() || plugin.command("close"),
    showForm(values, part) {
      const definition = [given.formJSON, options.formJSON].find(isObject);
      const tools = [(globalThis as Options).jQuery, bus, common] as const;
      const form = createForm(
        (definition && part?.createRows(definition, tools)) || createStandardRows(),
        () => journal.has("started") || journal.publish("started"),
        opening.submit,
      );
      form.fill(values);
      opening.form = form;
      opening.window.setStep(form.element, form.first);
    },
    submit(unchecked) {
      const { form } = opening;
      if (!form || form.isBusy()) return;
      const values = form.values();
      if (!unchecked && values.phonenumber === "")
        form.mark("phonenumber", say("LocalFormValidationEmptyPhoneNumber"));
      else if (form.isValid()) {
        form.setBusy(true);
        opening.talk((conversation) => conversation.send(values)).catch(() => {
          form.setBusy(false);
          offerFallback(form.element, given.fallbackNumber ?? options.fallbackNumber);
        });
      }
    },
    talk: (then) =>
      loadCall().then((part) => then((opening.conversation ??= part.createConversation(opening, part)))),
    toggleMinimized() {
      const { window } = opening;
      window.minimize(!window.isMinimized());
      plugin.publish(window.isMinimized() ? "minimized" : "unminimized");
    },
  };
  return opening;
}

/** The server is out of reach, and with it all that would show this in a nicer way. */
function offerFallback(form: HTMLElement, number: string | undefined): void {
  form.querySelector("[role=alert]")?.remove();
  const link = number && h("a", { class: "cx-phone-number", href: "tel:" + number.replace(/[^\d+]/g, "") }, number);
  form.append(h("div", { role: "alert", class: "hint" }, say("NetworkFail"), link));
}
