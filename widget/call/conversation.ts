/** What follows the form: asking, the number, refusals, questions, until the call is over. */

import type { Options } from "../bus/types";
import type { Opening } from "../clicktocall/opening";
import { isObject } from "../clicktocall/options";
import type { Scene } from "../clicktocall/panel";
import { CONSENT, FIELDS } from "../service/fields";
import { readable } from "./digits";
import { button, h, say } from "../kit/kit";
import { notify } from "./notice";
import { createNumberStep, type NumberStep } from "./number";
import type { Outcome } from "./outcome";
import { noteOpen } from "./record";
import { explain } from "./refusal";

export interface Conversation {
  send(values: Options): void;
  receive(outcome: Outcome): void;
  /** Shows a number and starts its countdown. */
  showNumber(outcome: Outcome): void;
  showExpired(): void;
  /**
   * Shows instead of the form that nobody answers now.
   *
   * @param nextOpening RFC 3339, if there is one.
   * @returns Brings the form back.
   */
  showClosed(nextOpening: string | null): () => void;
  /** Asks whether to close; a question that is asked again is answered "no". */
  confirmClose(answer: (yes: boolean) => void): void;
  /** Answers that question with "no", if it is being asked. */
  keepOpen(): boolean;
  /** The window is closed; tells whether the visitor ever got a number in it. */
  end(): boolean;
}

/** There is one number at a time, and it outlives the opening it came in. */
let step: NumberStep | undefined;

function expire({ options, journal, current }: Scene): void {
  if (!step?.retire()) return;
  const opening = current();
  if (options.unminimizeOnAlert && opening?.window.isMinimized()) opening.toggleMinimized();
  journal.publish("expired");
  opening?.conversation?.showExpired();
}

export function showStatus(scene: Scene, status: Options): void {
  if (/^(expired|cancelled)$/.test(status.status)) expire(scene);
  else step?.setStatus(status);
}

const fallbackLink = (number: string | undefined) =>
  number &&
  h(
    "a",
    { class: "button fallback", part: "fallback", href: "tel:" + number.replace(/[^\d+]/g, "") },
    h("span", { class: "cx-phone-number-label" }, say("FallbackLabel")),
    h("span", { class: "cx-phone-number" }, readable(number)),
  );

export function createConversation(opening: Opening): Conversation {
  const { window, given, scene } = opening;
  const { plugin, environment, options, journal } = scene;
  const { servicePlugin } = options;
  let sent: Options | undefined;
  let awaiting = false;
  let hasNumber = false;
  let answerClose: ((yes: boolean) => void) | undefined;

  const setAwaiting = (value: boolean) => {
    awaiting = value;
    opening.form?.setBusy(value);
    window.element.classList.toggle("cx-loading", value);
  };

  const askConsent = async (outcome: Outcome) => {
    const part = await scene.loadGroup();
    part.askConsent(
      opening,
      outcome.consent!,
      (...content) => notify(window, "cx-consent-msg", ...content),
      () => sent && conversation.send(sent),
    );
  };

  const refuse = (outcome: Outcome): unknown => {
    if (outcome.consent) return askConsent(outcome).catch(() => refuse({ ...outcome, consent: undefined }));
    const { netfail, code, errormsg, fallbackNumber = opening.fallbackNumber } = outcome;
    if (code) environment.report(`no number: ${code}: ${errormsg}`);
    const { text, field, retry } = explain(outcome);
    if (field && opening.form?.mark(field, text)) return;
    const goOn = () => {
      dismiss();
      if (retry && sent) conversation.send(sent);
    };
    const dismiss = notify(
      window,
      netfail ? "cx-request-fail-msg" : "cx-invalid-msg",
      text,
      fallbackLink(fallbackNumber),
      button(
        retry ? "NetworkRetry" : "InvalidAccept",
        "primary " + (netfail ? "cx-request-try-again" : "cx-form-invalid-accept"),
        goOn,
      ),
    );
  };

  const requestAgain = () => {
    if (!sent) return plugin.command("close").done(() => plugin.command("open", given));
    opening.showForm(sent);
    conversation.send(sent);
  };

  const conversation: Conversation = {
    send(values) {
      const { userData, actionID, media } = given;
      const extra = isObject(userData) ? userData : {};
      sent = values;
      setAwaiting(true);
      journal.setForm(Object.keys(extra).length ? { ...values, userData: extra } : values);
      journal.publish("submitted");
      const request: Options = { ...values, ...extra, [FIELDS]: Object.keys(values) };
      if (opening.consent) (request as any)[CONSENT] = opening.consent;
      if (actionID !== undefined) request.actionID = actionID;
      if (media !== undefined) request.media = media;
      plugin
        .command(servicePlugin + ".requestNumber", request)
        // The event tells the outcome; after it, only a service that could not even try is still awaited.
        .fail(() => setTimeout(() => awaiting && conversation.receive({ error: false, netfail: true, errormsg: "" })));
    },
    receive(outcome) {
      setAwaiting(false);
      if (outcome.error || outcome.netfail) return refuse(outcome);
      conversation.showNumber(outcome);
      journal.publish("completed");
    },
    showNumber(outcome) {
      conversation.keepOpen();
      opening.form = undefined;
      hasNumber = true;
      noteOpen(true);
      step?.retire();
      step = createNumberStep(outcome, options, {
        announce: window.announce,
        onExpire: () => expire(scene),
        onCancel: () => plugin.command(servicePlugin + ".cancel").always(opening.close),
        onClose: opening.close,
      });
      window.setStep(step.element, step.link);
      step.start();
      environment.signal.addEventListener("abort", () => step?.retire());
    },
    showExpired() {
      notify(
      window,
        "cx-expire-msg",
        say("PhoneExpired"),
        button("PhoneReRequest", "primary cx-request-new-number", requestAgain),
      );
    },
    showClosed(nextOpening) {
      const { form } = opening;
      conversation.keepOpen();
      const dismiss = notify(
        window,
        "cx-invalid-msg",
        explain({ error: true, netfail: false, errormsg: "", code: "outside_hours", nextOpening }).text,
        fallbackLink(opening.fallbackNumber),
        button("DisplayClose", "primary cx-display-close-button", opening.close),
      );
      // Nothing can be lost any more, so nobody is asked before it closes.
      opening.form = undefined;
      return () => {
        // A number may have come meanwhile, and the form be gone.
        if (!form?.element.isConnected) return;
        opening.form = form;
        dismiss();
      };
    },
    confirmClose(answer) {
      conversation.keepOpen();
      if (window.isMinimized()) opening.toggleMinimized();
      answerClose = (yes) => {
        answerClose = undefined;
        dismiss();
        answer(yes);
      };
      const dismiss = notify(
      window,
        "",
        say("ConfirmCloseWindow"),
        button("ConfirmCloseCancel", "primary cx-clicktocall-close-confirm-cancel", () => answerClose?.(false)),
        button("ConfirmCloseConfirm", "cx-clicktocall-close-confirm-close", () => answerClose?.(true)),
      );
    },
    keepOpen() {
      const asked = !!answerClose;
      answerClose?.(false);
      return asked;
    },
    end() {
      if (hasNumber) noteOpen(false);
      return hasNumber;
    },
  };
  return conversation;
}

/** Shows a number of before in a new opening. */
export function showNumber(opening: Opening, outcome: Outcome): void {
  opening.conversation = createConversation(opening);
  opening.conversation.showNumber(outcome);
}
