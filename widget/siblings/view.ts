/** What a plugin shows in the overlay: its commands `open` and `close`, and the events of both. */

import type { CommandEvent, Plugin } from "../bus/types";
import { whenEnded } from "./lent";

interface Shown {
  /** Why a second one is refused. */
  already: string;
  build(): HTMLElement;
  opened?(): void;
  /** Also when it was closed by somebody else, or never came to be shown. */
  closed?(): void;
}

export function viewInOverlay(plugin: Plugin, { already, build, opened, closed }: Shown) {
  let isOpen = false;
  const end = () => {
    isOpen = false;
    closed?.();
  };
  const leave = () => {
    if (!isOpen) return;
    end();
    plugin.publish("closed");
  };
  plugin.subscribe("Overlay.close." + plugin.namespace(), leave);
  whenEnded(leave);

  return {
    open({ deferred }: CommandEvent) {
      if (isOpen) return deferred.reject(already);
      isOpen = true;
      plugin
        .command("Overlay.open", { html: build(), overlay: true })
        .done(() => {
          opened?.();
          plugin.publish("opened");
          deferred.resolve();
        })
        .fail(() => {
          end();
          deferred.reject("Could not open");
        });
    },
    close({ deferred }: CommandEvent) {
      if (!isOpen) return deferred.reject("Already closed");
      plugin
        .command("Overlay.close")
        .done(() => {
          leave();
          deferred.resolve();
        })
        .fail(deferred.reject);
    },
  };
}
