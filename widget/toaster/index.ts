/** Toaster: a short notice in the corner, of title, text and buttons, or of the caller's own markup. */

import type { CommandEvent, Options, Plugin } from "../bus/types";
import { contentOf, createContainer, isFilled, jQueryOf, register } from "../siblings";

export const install = () => register({ name: "Toaster", events: "ready opened closed", commands });

interface Toast {
  owner: string;
  immutable: boolean;
}

function commands(plugin: Plugin): Record<string, (event: CommandEvent) => unknown> {
  let toast: Toast | undefined;

  const isReserved = (commander: string) => toast?.immutable && commander != toast.owner && commander != "App";

  const close = () => {
    toast = undefined;
    // WindowManager takes away what belongs to who is closed.
    plugin.publish("closed");
  };

  const build = (data: Options): HTMLElement | undefined => {
    if (data.type == "custom") return contentOf(data.body ?? data.html);
    const { title, icon, body, controls, buttons } = data;
    if (title || body) return createContainer({ type: "toast", title, icon, body, controls: controls ?? "close", buttons });
    return;
  };

  plugin.subscribe("App.closeAll", () => toast && close());

  return {
    async open({ commander, data, deferred }) {
      const content = build(data);
      if (!content || !isFilled(content))
        return deferred.reject("No content was provided. Toaster has ignored your command.");
      if (isReserved(commander)) return deferred.reject("Toaster view is currently reserved");
      if (toast) {
        close();
        await plugin.command("WindowManager.deregisterDockView");
      }
      const mine = (toast = { owner: commander, immutable: !!data.immutable });
      const set = await jQueryOf(content);
      content.addEventListener("click", ({ target }) => {
        // Who opened it comes first.
        if ((target as Element).closest(".cx-button-close")) setTimeout(() => toast == mine && close());
      });
      content.addEventListener("keydown", ({ key }) => key == "Escape" && toast == mine && !mine.immutable && close());
      plugin
        .command("WindowManager.registerDockView", { html: content })
        .done(() => {
          plugin.publish("opened");
          deferred.resolve({ html: set, events: { close: "Toaster.closed" } });
        })
        .fail((reason: unknown) => {
          toast = undefined;
          deferred.reject(reason);
        });
    },
    close({ commander, deferred }) {
      if (!toast) deferred.reject("Toaster view is already closed");
      else if (isReserved(commander)) deferred.reject("Toaster view is currently reserved");
      else deferred.resolve(close());
    },
  };
}
