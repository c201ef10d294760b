/** English of the other plugins, by namespaces; `widget/languages/siblings` has the same keys in every language. */

export const ENGLISH: Record<string, Record<string, string>> = {
  sidebar: {
    SideBarLabel: "Contact",
    ChannelSelectorName: "Contact us",
    ChannelSelectorTitle: "All ways to reach us",
    WebChatName: "Chat",
    WebChatTitle: "Chat with us",
    SendMessageName: "Message",
    SendMessageTitle: "Write to us",
    CallbackName: "Callback",
    CallbackTitle: "Have us call you back",
    CallUsName: "Phone numbers",
    CallUsTitle: "Our numbers and hours",
    ClickToCallName: "Call us",
    ClickToCallTitle: "Call us now, without waiting in menus",
    SearchName: "Search",
    SearchTitle: "Search for answers",
  },
  channelselector: {
    Title: "How would you like to reach us?",
    WaitNone: "No waiting time",
    WaitTime: "About {time}",
    WaitLong: "Long wait: about {time}",
    Unavailable: "Not available right now",
  },
  callus: { CallUsTitle: "Call us", SubTitle: "Choose a number.", HoursLabel: "Hours" },
  overlay: { AriaClose: "Close", AriaWindowLabel: "Dialog" },
  windowmanager: { AriaOpened: "{name} opened", AriaSideButtons: "Shortcuts" },
  /** Of what Toaster and Common build. */
  common: { AriaClose: "Close", AriaMinimize: "Minimize", AriaBusy: "One moment\u2026", No: "No", OK: "OK" },
};
