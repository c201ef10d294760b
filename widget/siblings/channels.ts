/** The ways to get in touch that are known by name: picture, name and title of each, in English. */

export const KNOWN: Record<string, [icon: string, name: string, title: string]> = {
  ChannelSelector: ["channels", "Contact us", "All ways to reach us"],
  WebChat: ["chat", "Chat", "Chat with us"],
  SendMessage: ["email", "Message", "Write to us"],
  Callback: ["clock", "Callback", "Have us call you back"],
  CallUs: ["callus", "Phone numbers", "Our numbers and hours"],
  ClickToCall: ["call-outgoing", "Call us", "Call us now, without waiting in menus"],
  Search: ["search", "Search", "Search for answers"],
};

/** Their names and titles as sentences of the namespace `sidebar`. */
export const ENGLISH: Record<string, string> = { SideBarLabel: "Contact" };
for (const name in KNOWN) {
  ENGLISH[name + "Name"] = KNOWN[name]![1];
  ENGLISH[name + "Title"] = KNOWN[name]![2];
}
