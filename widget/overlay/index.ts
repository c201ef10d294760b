/** Overlay: one view over the page at a time, of whichever plugin asked for it. */

import type { CommandEvent, Options, Plugin } from "../bus/types";
import { contentOf, focused, isFilled, jQueryOf, register, strings } from "../siblings";
import { createFrame, type Frame } from "./frame";

interface View {
  owner: string;
  content: HTMLElement;
  options: Options;
  group: unknown;
  immutable: boolean;
  frame: Frame;
  opener: HTMLElement | null;
}

export const install = () => register({ name: "Overlay", commands });

function commands(plugin: Plugin): Record<string, (event: CommandEvent) => unknown> {
  const say = strings(plugin, "overlay");
  /** What was shown before in the same group, the last one at the end. */
  let before: View[] = [];
  let view: View | undefined;

  const isOwner = (commander: string) => commander == view!.owner || commander == "App";
  /** Why this plugin may not touch the view. */
  const reserved = (commander: string): string | false => {
    if (!view?.immutable || isOwner(commander)) return false;
    const { owner } = view;
    plugin.publish("closeAttempt." + owner);
    return `Overlay view is currently reserved by '${owner}'`;
  };

  const notYours = (state: string) => `Only '${view!.owner}' may make this overlay ${state}.`;

  const close = (commander: string) => {
    const { owner, frame, opener } = view!;
    view = undefined;
    frame.close();
    opener?.focus?.({ preventScroll: true });
    if (commander != owner) plugin.publish("close." + owner);
  };

  /** The visitor wants it gone: by Escape, the close button or a click beside it. */
  const dismiss = () => {
    if (view?.immutable) plugin.publish("closeAttempt." + view.owner);
    else if (view) {
      before = [];
      close("");
    }
  };

  const display = (owner: string, content: HTMLElement, options: Options, opener = focused()) => {
    const frame = createFrame(content, options, say, dismiss);
    view = { owner, content, options, group: options.group, immutable: !!options.immutable, frame, opener };
    frame.open();
  };

  // After whoever is shown has told its own title.
  plugin.subscribe("App.i18n", () => queueMicrotask(() => view?.frame.relabel()));
  plugin.subscribe("App.closeAll", () => view && close("App"));

  return {
    async open({ commander, data, deferred }) {
      const content = contentOf(data.html);
      if (!content || !(content.shadowRoot || isFilled(content)))
        return deferred.reject("No HTML content was provided. Overlay has ignored your command.");
      const set = await jQueryOf(content);
      const reason = reserved(commander);
      if (reason) return deferred.reject(reason);
      const opener = view?.opener;
      if (view) {
        before = data.group !== undefined && view.group === data.group ? [...before, view] : [];
        close(commander);
      }
      display(commander, content, data, opener);
      const events = { close: "Overlay.close." + commander, closeAttempt: "Overlay.closeAttempt." + commander };
      deferred.resolve({ html: set, group: data.group, events });
    },
    close({ commander, deferred }) {
      const reason = view ? reserved(commander) : "Overlay view is already closed";
      if (reason) return deferred.reject(reason);
      before = [];
      close(commander);
      deferred.resolve();
    },
    immutable({ commander, deferred }) {
      if (!view) deferred.reject("There is no overlay to make immutable.");
      else if (view.immutable) deferred.reject("Overlay is already in an immutable state.");
      else if (!isOwner(commander)) deferred.reject(notYours("immutable"));
      else deferred.resolve(void (view.immutable = true));
    },
    mutable({ commander, deferred }) {
      if (!view) deferred.reject("There is no overlay to make mutable.");
      else if (!view.immutable) deferred.reject("Overlay is already in a mutable state.");
      else if (!isOwner(commander)) deferred.reject(notYours("mutable"));
      else deferred.resolve(void (view.immutable = false));
    },
    async back({ commander, deferred }) {
      const previous = before.at(-1);
      if (!view || !previous) return deferred.reject("There is no earlier content in this group of overlays.");
      const set = await jQueryOf(previous.content);
      const reason = view ? reserved(commander) : "Overlay view is already closed";
      if (reason) return deferred.reject(reason);
      const { opener } = view;
      before = before.slice(0, -1);
      close(view.owner);
      display(previous.owner, previous.content, previous.options, opener);
      deferred.resolve(set);
    },
  };
}
