/** English for what comes after the form. Keys ending in `More` stand below their sentence and end the dialling. The last
 * ones are for forms that a page describes itself. */

export const english: Record<string, string> = {
  PhoneLabel: "Call this number",
  AriaPhoneTitle: "Opens your phone app",
  AccessLabel: "Then enter this code",
  CallNow: "Call now",
  Copy: "Copy",
  Copied: "Copied",
  ExpireLabel: "Reserved for you for",
  NumberReady: "Your number is {number}.",
  CodeReady: "The code is {code}.",
  PhoneExpired: "This number has expired.",
  PhoneReRequest: "Request a new number",
  CancelRequest: "I no longer need it",
  DisplayClose: "Close",

  StatusWaiting: "Waiting for your call",
  StatusCallReceived: "Your call has arrived",
  StatusCodeRefused: "That code was not right. Tries left: {triesLeft}",
  StatusMatched: "Found you. Connecting your call\u2026",
  StatusConnected: "You're connected",
  StatusConnectedMore: "We have your details, so no need to repeat them.",
  StatusEnded: "Call ended",
  StatusEndedMore: "Thank you for calling.",

  ScanLabel: "Or scan this with your phone",
  AriaScan: "QR code that calls this number",

  NetworkRetry: "Try again",
  FallbackLabel: "Call us directly",
  ConfirmCloseWindow: "Close and lose what you've entered?",
  ConfirmCloseCancel: "Keep it open",
  ConfirmCloseConfirm: "Close",

  InvalidAccept: "Back",
  ConsentMissing: "Please agree to this first.",
  FieldInvalid: "Please check this entry.",
  RefusedOutsideHours: "We're closed right now.",
  NextOpening: "We open again: {time}.",
  RefusedCapacityReached: "All our lines are busy. Please try again in a few minutes.",
  RefusedNoAccessNumber: "All our lines are busy. Please try again in a few minutes.",
  RefusedTooManyRequests: "That was a few tries too many. Please wait a moment.",
  RefusedNumberInvalid: "This number seems incomplete. Try it with the country code, such as +1.",
  RefusedNumberNotAllowed: "Sorry, we can't take calls from this number.",
  Refused: "Something is not right on our side. Please try again later.",

  WaitTime: "Waiting time",
};
