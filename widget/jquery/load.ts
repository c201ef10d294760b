/** Finds the `$` that validators, extensions and plugins are handed: the page's own jQuery, else the built-in subset. */

import type { JQueryStatic } from "./set";

/**
 * Loads it when something needs it; the page's own wins whenever it has come.
 *
 * @param folder Where the parts lie, with a final slash.
 */
export const loadJQuery = async (folder: string): Promise<JQueryStatic> =>
  (window as any).jQuery ?? (await import(folder + "jquery.js")).jQuery;
