/** What `numberReceived` carries: the names are the page API's. */

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
