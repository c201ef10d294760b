/** The owner's text and the box to tick: in the form, or over it where the server has refused a request without. */

import type { Consent } from "../call/outcome";
import type { Opening } from "../clicktocall/opening";
import type { Form } from "../form/form";
import { createRow, type Row } from "../form/row";
import { button, h, say } from "../kit/kit";
import type { Child } from "../window/element";

/**
 * It is no field of the form: it is not sent with them, not prefilled, and nobody would miss it.
 *
 * @param why What is said beside the box when it must be ticked.
 */
function createConsentRow(id: string, { text, url, required = true }: Consent, why?: string): [Row, HTMLInputElement] {
  const box = h("input", { id, type: "checkbox", required });
  // The owner's language need not be the panel's.
  const row = createRow(box, h("label", { for: id }, h("bdi", {}, text)), "", "consent");
  if (url)
    box.after(
      row.element!.children[1]!,
      h("a", { href: url, target: "_blank", rel: "noopener" }, url.replace(/^https?:\/\//, "")),
    );
  row.read = () => undefined;
  row.isFilled = () => false;
  row.check = () => {
    if (box.checked || !required) return true;
    row.mark(true, why);
    row.element!.parentElement!.querySelector<HTMLElement>(".cx-error")!.focus();
    return false;
  };
  return [row, box];
}

export function addConsent(opening: Opening, form: Form, consent: Consent): void {
  const [row, box] = createConsentRow("cx_clicktocall_form_consent", consent, say("ConsentMissing"));
  box.checked = opening.consent == consent.version;
  box.onchange = () => (opening.consent = box.checked ? consent.version : undefined);
  form.add(row);
}

/**
 * @param notify Shows a message over the form and returns what takes it away.
 * @param agreed Goes on.
 */
export function askConsent(
  opening: Opening,
  consent: Consent,
  notify: (text: string, ...content: Child[]) => () => void,
  agreed: () => void,
): void {
  const [row] = createConsentRow("cx_clicktocall_consent", consent);
  const goOn = () => {
    if (!row.check()) return;
    opening.consent = consent.version;
    dismiss();
    agreed();
  };
  const dismiss = notify(
    say("ConsentMissing"),
    row.element,
    button("FormSubmit", "primary cx-consent-accept", goOn),
    button("InvalidAccept", "", () => dismiss()),
  );
}
