/** What the panel knows of its form's names; it travels unseen beside the flat options of `requestNumber`. */
export const FIELDS = Symbol.for("warmcall.fields");
