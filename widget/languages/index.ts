/** The part that is loaded for any language but English: finds the built-in pack and follows a switch of language. */

import type { GlobalBus } from "../bus/types";
import { followLanguage } from "./relabel";

declare const WARMCALL_KEYS: string;

/** The packs as their files are called; of those that begin alike the first is the usual one. */
const PACKS = "ar da de es fi fr he it ja ko nl no pl pt-BR sv th tr zh-CN zh-TW".split(" ");
/** What other tags for the same languages begin with. */
const OTHER_NAMES: Record<string, string> = { nb: "no", nn: "no", iw: "he" };
const TRADITIONAL_CHINESE = /^zh(?!.*hans).*(hant|tw|hk|mo)/i;

const keys = WARMCALL_KEYS.split(" ");
let followed: unknown;

/** The built-in pack for a language tag (BCP 47), if there is one. */
function packFor(tag: string): string | undefined {
  const primary = tag.toLowerCase().split(/[-_]/)[0]!;
  const language = OTHER_NAMES[primary] ?? primary;
  return TRADITIONAL_CHINESE.test(tag) ? "zh-TW" : PACKS.find((name) => name.split("-")[0] == language);
}

export interface LanguagesPart {
  load: typeof load;
}

/**
 * @returns The name of the pack for a language tag, and its sentences by key.
 * @throws if there is none, or it cannot be loaded.
 */
export async function load(tag: string, bus: GlobalBus): Promise<[name: string, strings: Record<string, string>]> {
  if (followed != bus) followLanguage(bus);
  followed = bus;
  if (/^en\b/i.test(tag)) return ["en", {}];
  const name = packFor(tag);
  if (!name) throw new Error(`no language pack for ${tag}`);
  const sentences: string[] = (await import(`./lang-${name}.js`)).default;
  return [name, Object.fromEntries(keys.map((key, index) => [key, sentences[index]!]))];
}
