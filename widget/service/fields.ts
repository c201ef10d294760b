/** What the panel knows of its form's names; it travels unseen beside the flat options of `requestNumber`. */
export const FIELDS = Symbol.for("warmcall.fields");
/** The version of the text that the visitor agreed to travels in the same way. */
export const CONSENT = Symbol.for("warmcall.consent");
