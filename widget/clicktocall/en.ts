/** English up to the form. */

export const english: Record<string, string> = {
  Title: "Call us now",
  Subtitle: "No need to repeat yourself.",
  FirstName: "First name",
  LastName: "Last name",
  PhoneNumber: "Phone number",
  CountryCode: "Country code",
  PhoneHint: "The phone you will call us from.",
  PlaceholderRequired: "Required",
  PlaceholderOptional: "Optional",
  FormSubmit: "Get my number",
  FormCancel: "Cancel",
  FormBusy: "One moment\u2026",
  LocalFormValidationEmptyPhoneNumber: "Please enter your phone number.",
  NetworkFail: "We can't be reached right now. Please try again.",
  AriaMinimize: "Minimize",
  AriaMaximize: "Restore",
  AriaClose: "Close",
};
