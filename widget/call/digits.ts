/** Digits as people read them. */

const COUNTRY_CODE = /^\+(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})(\d+)$/;

/** In threes, and never one alone at the end. */
export const inThrees = (digits: string): string => digits.replace(/\d{3}(?=\d{2})/g, "$&\u00a0");

/** `+18005550100` as `+1 800 555 0100`; what is no E.164 number stays. */
export const readable = (number: string): string =>
  number.replace(COUNTRY_CODE, (_, country, rest) => `+${country}\u00a0${inThrees(rest)}`);
