/** What a server may ask of a page before it gives a number: some work, or a provider's token. Loaded where it does. */

import { sha256 } from "@noble/hashes/sha2.js";
import type { Challenge } from "./outcome";

/** The page stays at hand between slices; a worker would need the leave of the page's CSP. */
const SLICE_MS = 12;
const LOOK_AT_CLOCK = 64;

const rest = () => new Promise((resolve) => setTimeout(resolve));

/** Finds the number whose SHA-256 after the salt is the challenge. Not by crypto.subtle: pages without TLS lack it. */
async function work({ challenge, salt, maxnumber }: Challenge): Promise<number | undefined> {
  const wanted = Uint8Array.from(challenge!.match(/../g)!, (byte) => parseInt(byte, 16));
  const encoder = new TextEncoder();
  const salted = sha256.create().update(encoder.encode(salt));
  let until = performance.now() + SLICE_MS;
  for (let number = 0; number <= maxnumber!; number++) {
    const hash = salted.clone().update(encoder.encode(String(number))).digest();
    if (hash[0] == wanted[0] && hash.every((byte, index) => byte == wanted[index])) return number;
    if (number % LOOK_AT_CLOCK == 0 && performance.now() > until) {
      await rest();
      until = performance.now() + SLICE_MS;
    }
  }
  return undefined;
}

/**
 * @param tokenOf The page's own way to a token of its CAPTCHA provider.
 * @returns What to send as the solution; `undefined` if there is none.
 */
export async function solve(
  challenge: Challenge,
  tokenOf?: (challenge: Challenge) => string | Promise<string>,
): Promise<string | undefined> {
  if (challenge.kind != "pow") return tokenOf?.(challenge);
  const number = await work(challenge);
  const { algorithm, challenge: wanted, salt, signature } = challenge;
  return number === undefined
    ? undefined
    : btoa(JSON.stringify({ algorithm, challenge: wanted, number, salt, signature }));
}
