/** Channels as a page configures them, with what the known ones bring along. */

import type { Options } from "../bus/types";
import { h, iconNamed } from "../siblings";

/** Those that bring command, texts and picture along; the texts are in the namespace `sidebar`. */
const KNOWN = /^(ChannelSelector|WebChat|SendMessage|Callback|CallUs|ClickToCall|Search)$/;

export interface Channel {
  clickCommand: string | undefined;
  clickOptions: Options | undefined;
  onClick: ((jQuery: unknown, bus: unknown, common: unknown) => unknown) | undefined;
  /** Published when it is pressed, for buttons that were added. */
  event?: string;
  /** Without its texts. */
  button: HTMLButtonElement;
  texts(say: (key: string) => string): { name: string; title: string };
}

const text = (given: unknown, key: string, say: (key: string) => string): string => {
  const named = typeof given == "string" ? /^@i18n:\w+\.(\w+)$/.exec(given) : null;
  return named ? say(named[1]!) : String(given ?? say(key));
};

export const channelsOf = (given: Options[]): Channel[] =>
  given.map(({ name = "", clickCommand, clickOptions, displayName, displayTitle, icon, onClick, class: className }) => {
    const isKnown = KNOWN.test(name);
    const classes = `cx-sidebar-button cx-${String(name).toLowerCase().replace(/\W+/g, "-")} ${className ?? ""}`.trim();
    return {
      clickCommand: clickCommand ?? (isKnown ? name + ".open" : undefined),
      clickOptions,
      onClick: typeof onClick == "function" ? onClick : undefined,
      button: h("button", { type: "button", class: classes }, iconNamed(icon ?? name), h("span", { class: "name" })),
      texts: (say) => {
        const shown = text(displayName, isKnown ? name + "Name" : name, say);
        return { name: shown, title: displayTitle == null && !isKnown ? shown : text(displayTitle, name + "Title", say) };
      },
    };
  });
