/** Which way a language is written. */
export const directionOf = (language: string) => (/^(ar|fa|he|ur)\b/.test(language) ? "rtl" : "ltr");
