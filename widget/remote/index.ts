/** Remote: runs a list of commands one after another. */

import type { CommandEvent, Options, Plugin } from "../bus/types";
import { register } from "../siblings";

export const install = () => register({ name: "Remote", commands });

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const commands = (plugin: Plugin): Record<string, (event: CommandEvent) => unknown> => ({
  async execute({ data: { actions }, deferred }) {
    if (!Array.isArray(actions)) return deferred.reject("No actions provided.");
    for (const { type, name, data, wait } of actions as Options[]) {
      if (type != "command" || typeof name != "string") return deferred.reject(`Unknown action: ${type} ${name}`);
      const running = plugin.command(name, data);
      // `true` waits until it has settled, a number of milliseconds so long.
      if (wait === true) await new Promise((resolve) => running.always(resolve));
      else if (wait > 0) await pause(wait);
    }
    deferred.resolve();
  },
});
