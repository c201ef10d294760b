/** Common: what extensions build with (`_genesys.widgets.common`), and the plugin of the same name. */

import type { Options } from "../bus/types";
import { environment, jQuery, register } from "../siblings";
import { dialogs } from "./dialogs";
import { generate } from "./generate";
import { language } from "./language";
import { page } from "./page";
import { values } from "./values";

/** Fills the object the page has, so that whoever holds it has it all. */
export async function install(): Promise<void> {
  const $ = await jQuery();
  const made: Options = { ...values(), ...language($), ...page(), ...dialogs($) };
  made.Generate = generate($, made);
  Object.assign((environment.configuration.common ??= {}), made);
  register({
    name: "Common",
    commands: () => ({
      generateContainer: ({ data, deferred }) => deferred.resolve(made.Generate.Container(data)),
      generateButtons: ({ data, deferred }) => deferred.resolve(made.Generate.Buttons(data)),
      async({ data: { func }, deferred }) {
        if (typeof func != "function") return deferred.reject("No function provided.");
        setTimeout(() => {
          try {
            deferred.resolve(func());
          } catch (error) {
            environment.report("Common.async", error);
            deferred.reject((error as Error).message);
          }
        });
      },
    }),
  });
}
