/** Work that the first opening would have to do, done while the visitor's pointer is on its way. */

import { createForm } from "../form/form";
import { createStandardRows } from "../form/row";
import { createWindow } from "../window/window";

let warmed = false;

/** Builds a panel, has the browser lay it out unseen, and throws it away. */
export function warm(): void {
  if (warmed) return;
  warmed = true;
  const nothing = () => {};
  const panel = createWindow(false, false, nothing, nothing);
  panel.setStep(createForm(createStandardRows(), { onStart: nothing, onSubmit: nothing, onCancel: nothing }).element);
  panel.warm();
}
