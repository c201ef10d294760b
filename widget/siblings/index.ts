/** The part that finds the other plugins of the contract, each in a file of its own, and lends them what all need. */

import type { GlobalBus } from "../bus/types";
import type { Environment } from "../app/types";
import { take, type Kit } from "./lent";

export { h, icon } from "../window/element";
export { createContainer, createButtons } from "./container";
export { ENGLISH as CHANNEL_NAMES, KNOWN } from "./channels";
export { contentOf, isFilled, nameOf } from "./content";
export { createHost, focused, label, isNarrow, show } from "./host";
export { bus, environment, jQuery, jQueryOf, register, strings, whenEnded } from "./lent";
export { iconNamed } from "./icons";

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

export const load: SiblingsPart["load"] = async (name, kit) => {
  if (kit.bus != current) loaded = {};
  current = kit.bus;
  take(kit);
  if (!PLUGINS.test(name)) throw new Error(`no plugin of ours: ${name}`);
  await (loaded[name] ??= import(`./${name}.js`).then((part) => part.install()));
};

export type { Environment, Kit };
