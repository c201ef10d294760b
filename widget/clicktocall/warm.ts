/** Work that the first opening would have to do, done while the visitor's pointer is on its way. */

import type { CountriesPart } from "../countries";
import { createForm } from "../form/form";
import { createStandardRows } from "../form/row";
import { createWindow } from "../window/window";

let warmed = false;

/**
 * Builds a panel, has the browser lay it out unseen, and throws it away.
 *
 * @param countries What puts countries beside the phone number, where the panel will have them.
 */
export function warm(countries?: CountriesPart | void): void {
  if (warmed) return;
  warmed = true;
  const nothing = () => {};
  const panel = createWindow(false, false, nothing, nothing);
  const rows = createStandardRows();
  countries?.addCountry(rows.find(({ field }) => field.type == "tel")!, true);
  panel.setStep(createForm(rows, { onStart: nothing, onSubmit: nothing, onCancel: nothing }).element);
  panel.warm();
}
