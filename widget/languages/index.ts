/** The part that is loaded for any language but English: finds the built-in pack and follows a switch of language. */

import type { GlobalBus } from "../bus/types";
import { followLanguage } from "./relabel";

declare const WARMCALL_KEYS: string;
declare const WARMCALL_SIBLING_KEYS: string;

/** Sentences by namespace and key. */
type Sentences = Record<string, Record<string, string>>;

/** The packs as their files are called; of those that begin alike the first is the usual one. */
const PACKS = "ar da de es fi fr he it ja ko nl no pl pt-BR sv th tr zh-CN zh-TW".split(" ");
/** What other tags for the same languages begin with. */
const OTHER_NAMES: Record<string, string> = { nb: "no", nn: "no", iw: "he" };
const TRADITIONAL_CHINESE = /^zh(?!.*hans).*(hant|tw|hk|mo)/i;

const PANEL = WARMCALL_KEYS.split(" ");
const SIBLINGS = WARMCALL_SIBLING_KEYS.split(" ");
let followed: unknown;
let hasSiblings = false;

/** The built-in pack for a language tag (BCP 47), if there is one. */
function packFor(tag: string): string | undefined {
  const primary = tag.toLowerCase().split(/[-_]/)[0]!;
  const language = OTHER_NAMES[primary] ?? primary;
  return TRADITIONAL_CHINESE.test(tag) ? "zh-TW" : PACKS.find((name) => name.split("-")[0] == language);
}

export interface LanguagesPart {
  load: typeof load;
  loadSiblings: typeof loadSiblings;
}

/** A pack's file has its sentences in the order of the keys, each of which begins with its namespace. */
async function read(file: string, keys: string[]): Promise<Sentences> {
  const sentences: Sentences = {};
  const texts: string[] = (await import(file)).default;
  keys.forEach((name, index) => {
    const [namespace = "", key = ""] = name.split(".");
    (sentences[namespace] ??= {})[key] = texts[index]!;
  });
  return sentences;
}

/**
 * @returns The name of the pack for a language tag, and its sentences; with those of the other plugins, once there was one.
 * @throws if there is none, or it cannot be loaded.
 */
export async function load(tag: string, bus: GlobalBus): Promise<[name: string, sentences: Sentences]> {
  if (followed != bus) followLanguage(bus);
  followed = bus;
  if (/^en\b/i.test(tag)) return ["en", {}];
  const name = packFor(tag);
  if (!name) throw new Error(`no language pack for ${tag}`);
  // Both at once, so that no view speaks English between two languages; what fails is told by who asked first.
  const others = hasSiblings ? loadSiblings(tag).catch(() => {}) : undefined;
  return [name, { ...(await read(`./lang-${name}.js`, PANEL)), ...(await others) }];
}

/**
 * What the other plugins say, loaded when the first of them is.
 *
 * @returns Nothing, if there is no pack for the language.
 * @throws if it cannot be loaded.
 */
export async function loadSiblings(tag: string): Promise<Sentences> {
  hasSiblings = true;
  const name = packFor(tag);
  return name ? read(`./words-${name}.js`, SIBLINGS) : {};
}
