/** What `numberReceived` carries: the names are the page API's. */

/** A challenge as the server hands it out: work in the form of ALTCHA, or a CAPTCHA provider's. */
export interface Challenge {
  kind: string;
  algorithm?: string;
  challenge?: string;
  maxnumber?: number;
  salt?: string;
  signature?: string;
  siteKey?: string;
}

/** What the visitor has to agree to. */
export interface Consent {
  version: string;
  text: string;
  url?: string | null;
  /** Whether there is no number without; left out: there is none. */
  required?: boolean;
}

/** Members of the server's problem details (RFC 9457) that mean something to the panel. */
export interface Problem {
  code?: string;
  status?: number;
  title?: string;
  detail?: string;
  retryable?: boolean;
  errors?: { field: string; message: string }[];
  nextOpening?: string | null;
  retryAfterS?: number;
  fallbackNumber?: string;
  challenge?: Challenge;
  consent?: Consent;
}

export interface Outcome extends Problem {
  /** The server refused and said why. */
  error: boolean;
  /** The server could not be reached, or its answer makes no sense. */
  netfail: boolean;
  errormsg: string;
  sPhoneNumber?: string;
  sAccessCode?: string;
  sPhoneTelHref?: string;
  /** Seconds. */
  iExpireTime?: number;
  /** Seconds the number was good for when it was new. */
  total?: number;
  /** Warmcall's own: which call request to follow, and the right to. */
  id?: string;
  token?: string;
}
