/** National numbers and the international form (E.164) that is sent. */

import { CODES } from "./codes";

export interface Country {
  /** ISO 3166-1, two letters. */
  region: string;
  /** Calling code, without `+`. */
  code: string;
  /** What people dial before a number inside the country, and nobody from outside; empty if there is no such thing. */
  trunk: string;
}

export const countries: Country[] = CODES.split(" ").flatMap((entry) => {
  const [code, trunk, regions] = entry.split(":") as [string, string, string];
  return regions.match(/../g)!.map((region) => ({ region, code, trunk: trunk.replace("-", "") }));
});

const TRUNK_IS_A_FIRST_DIGIT_TOO = 11;

/** `020 7946 0018` in Great Britain as `+442079460018`; what is international already only loses its spaces. */
export function toInternational(text: string, { code, trunk }: Country): string {
  const dialled = text.replace(/[^\d+]/g, "").replace(/^00/, "+");
  if (!dialled || dialled[0] == "+") return dialled;
  const hasTrunk = trunk && dialled.startsWith(trunk) && (trunk.length == 2 || isTrunk(dialled, trunk));
  return `+${code}${hasTrunk ? dialled.slice(trunk.length) : dialled}`;
}

/** A number may begin with 1 or 8 without a trunk prefix: then it is one digit shorter. */
const isTrunk = (dialled: string, trunk: string) => trunk == "0" || dialled.length == TRUNK_IS_A_FIRST_DIGIT_TOO;

/** The country of an international number, if `list` has it: the one with the longest calling code. */
export const countryOf = (number: string, list: Country[]): Country | undefined =>
  list
    .filter(({ code }) => number.startsWith("+" + code))
    .reduce<Country | undefined>((best, next) => (best && best.code.length >= next.code.length ? best : next), undefined);
