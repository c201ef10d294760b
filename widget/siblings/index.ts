/** The part that finds the other plugins of the contract, each in a file of its own, and lends them what all need. */

import type { GlobalBus } from "../bus/types";
import type { Environment } from "../app/types";
import { followWords } from "./container";
import { take, type Kit } from "./lent";
import { followLanguage } from "./words";

export { h, icon } from "../window/element";
export { createContainer, createButtons, withWords } from "./container";
export { contentOf, isFilled, nameOf } from "./content";
export { createHost, focused, label, isNarrow, show } from "./host";
export { bus, environment, jQuery, jQueryOf, register, whenEnded } from "./lent";
export { iconNamed } from "./icons";
export { locale, strings, textOf } from "./words";
export { viewInOverlay } from "./view";

const PLUGINS =
  /^(callus|channelselector|common|console|overlay|remote|sidebar|statsservice|toaster|watchman|windowmanager)$/;

export interface SiblingsPart {
  /**
   * Registers the plugin of this file name, once for each bus.
   *
   * @throws if it is none of ours, or its file cannot be loaded.
   */
  load(name: string, kit: Kit): Promise<void>;
}

let current: GlobalBus | undefined;
let loaded: Record<string, Promise<void>> = {};
let speaking: Promise<unknown>;

export const load: SiblingsPart["load"] = async (name, kit) => {
  if (!PLUGINS.test(name)) throw new Error(`no plugin of ours: ${name}`);
  take(kit);
  if (kit.bus != current) {
    current = kit.bus;
    loaded = {};
    followWords();
    speaking = followLanguage();
  }
  await (loaded[name] ??= Promise.all([import(`./${name}.js`), speaking]).then(([part]) => part.install()));
};

export type { Environment, Kit };
