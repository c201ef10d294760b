/** One opening of the panel: its window and its form. What comes after the form is a conversation. */

import type { Options } from "../bus/types";
import type { Conversation } from "../call/conversation";
import { createForm, type Form } from "../form/form";
import { createStandardRows, type Row } from "../form/row";
import type { Describe } from "../formjson";
import type { Narrowing } from "../group";
import { h, say, whole } from "../kit/kit";
import { createWindow, type PanelWindow } from "../window/window";
import { hasGroup } from "./options";
import type { Scene } from "./panel";

export interface Opening {
  readonly scene: Scene;
  /** The options of `open`. */
  readonly given: Options;
  readonly window: PanelWindow;
  form: Form | undefined;
  conversation: Conversation | undefined;
  /** The number to show when there is none to be had: the group's, as soon as it is known, else the page's. */
  fallbackNumber: string | undefined;
  /** The version of the text that the visitor has agreed to. */
  consent: string | undefined;
  /** Asks to close, as the visitor does by Escape and the close button. */
  close(): void;
  showForm(values: Options): void;
  /** @param unchecked Leaves out the look at the phone number. */
  submit(unchecked?: boolean): void;
  /** Goes on with the conversation, once it is loaded. */
  talk(then: (conversation: Conversation) => void): Promise<void>;
  toggleMinimized(): void;
}

/**
 * Beside the phone number of our own form; a server of another kind may expect what the visitor wrote.
 *
 * @returns What narrows the choice, unless the page has.
 */
function addCountry({ options, loadCountries }: Scene, rows: Row[]): Narrowing | undefined {
  const { site, dataURL, countrySelect = !!site && !dataURL } = options;
  const phone = rows.find(({ field }) => field.type == "tel");
  if (!countrySelect || !phone) return undefined;
  const adding = loadCountries()
    .then((part) => part.addCountry(phone, countrySelect))
    .catch(() => undefined);
  return countrySelect === true ? adding : undefined;
}

/** As App decided at the start, or as narrow as the page is now; unless the page wants no such thing. */
export const isMobile = ({ bus, environment }: Scene): boolean =>
  bus.data("App.mobileMode") ||
  (environment.configuration.main.mobileMode !== false && bus.data("App.zoom") == "mobile");

/** @param describe Makes the form that the page describes. */
export function createOpening(scene: Scene, given: Options, describe?: Describe): Opening {
  const { plugin, environment, options, journal, loadCall } = scene;
  const opening: Opening = {
    scene,
    given,
    window: createWindow(
      isMobile(scene),
      /left/.test(options.launcher?.position),
      () => opening.close(),
      () => plugin.command("minimize"),
    ),
    form: undefined,
    conversation: undefined,
    fallbackNumber: given.fallbackNumber ?? options.fallbackNumber,
    consent: undefined,
    close: () => opening.conversation?.keepOpen() || plugin.command("close"),
    showForm(values) {
      const [rows, layout] = describe?.() ?? [createStandardRows()];
      const narrowing = layout ? undefined : addCountry(scene, rows);
      const onStart = () => journal.has("started") || journal.publish("started");
      const form = createForm(rows, { onStart, onSubmit: opening.submit, onCancel: opening.close }, layout);
      form.fill(values);
      opening.form = form;
      opening.window.setStep(form.element, form.first);
      if (hasGroup(options))
        scene
          .loadGroup()
          .then(
            (part) => part.furnish(opening, form, narrowing).catch((error) => environment.report("group", error)),
            () => {},
          );
      const isShown = () => scene.current()?.form == form;
      if (options.ewt?.queue)
        import("./wait.js")
          .then(({ install }) =>
            install(whole).showWait(form.element, plugin, options.ewt, isShown, environment.signal),
          )
          .catch(() => {});
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
          offerFallback(form.element, opening.fallbackNumber);
        });
      }
    },
    talk: (then) =>
      loadCall().then((part) => then((opening.conversation ??= part.createConversation(opening)))),
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
