// The agent's screen. It hears of every call request over server-sent events and shows the newest call, or the one chosen.
(() => {
  "use strict";
  const cards = new Map();
  let chosen = null;
  const at = (id) => document.getElementById(id);
  const set = (id, text) => { if (at(id).textContent !== text) at(id).textContent = text; };

  const LIVE = ["matched", "connected"];
  const STATES = {
    waiting: "Waiting", matched: "Incoming call", connected: "On the line", ended: "Call ended", expired: "Expired", cancelled: "Cancelled",
  };
  const MATCHED_BY = { code: "Code matched", caller: "Caller’s number matched", number: "Access number matched" };
  const VOUCHED = {
    A: ["Number vouched for (A)", "good"], B: ["Carrier knows the caller, not the number (B)"], C: ["Number not vouched for (C)"],
  };
  const NAMES = ["firstname", "lastname"];

  const time = (text) => new Date(text).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const span = (from, to) => {
    const s = Math.max(0, Math.round((to - from) / 1000));
    return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
  };
  const ms = (text) => Date.parse(text);
  const nameOf = ({ context: { fields } }) => NAMES.map((key) => fields[key]).filter(Boolean).join(" ") || "Visitor without a name";
  const initials = (name) => name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("").toUpperCase();
  const pretty = (number) => {
    const us = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number ?? "");
    return us ? `+1 ${us[1]} ${us[2]} ${us[3]}` : number;
  };
  const label = (key) => {
    const words = key.replace(/([a-z\d])([A-Z])/g, "$1 $2").replace(/[_-]+/g, " ").toLowerCase();
    return words[0].toUpperCase() + words.slice(1);
  };

  function make(tag, text, attributes = {}) {
    const element = document.createElement(tag);
    if (text != null) element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  /** User data as rows: nested objects become "outer · inner". */
  function* rows(data, before = "") {
    for (const [key, value] of Object.entries(data ?? {})) {
      if (value == null || value === "") continue;
      const name = before ? `${before} · ${label(key).toLowerCase()}` : label(key);
      if (Array.isArray(value)) yield [name, value.map((one) => (typeof one === "object" ? JSON.stringify(one) : one)).join(", ")];
      else if (typeof value === "object") yield* rows(value, name);
      else yield [name, value === true ? "Yes" : value === false ? "No" : String(value)];
    }
  }

  function showCard(card) {
    at("idle").hidden = !!card;
    at("card").hidden = !card;
    if (!card) return;
    const { context: { fields, userData, page } } = card;
    at("card").dataset.state = card.state;
    set("state", STATES[card.state]);
    set("name", nameOf(card));
    set("face", initials(nameOf(card)));
    const about = [userData.topic, userData.product].filter((text) => typeof text === "string" && text).join(" · ");
    set("about", about);
    set("announce", [STATES[card.state], nameOf(card), about].filter(Boolean).join(", "));
    at("about").hidden = !about;
    set("phone", card.callerNumber ? pretty(card.callerNumber) : "Left no phone number");
    at("facts").replaceChildren(
      ...[
        [MATCHED_BY[card.matchedBy], "good"], [`Group: ${card.group}`], [`Called ${pretty(card.accessNumber)}`],
        [page.language && `Page language: ${page.language}`],
        [card.call?.callerName && `The network calls them ${card.call.callerName}`], VOUCHED[card.call?.attestation] ?? [],
      ].filter(([text]) => text).map(([text, kind]) => make("li", text, kind ? { class: kind } : {})),
    );
    const pop = card.context.screenPopUrl;
    at("screen-pop").hidden = !/^https?:/.test(pop ?? "");
    if (at("screen-pop").hidden) at("screen-pop").removeAttribute("href");
    else at("screen-pop").href = pop;
    set("page-title", page.title || "No page title");
    set("page-url", page.url);
    if (/^https?:/.test(page.url)) at("page-url").href = page.url;
    else at("page-url").removeAttribute("href");
    const others = Object.fromEntries(Object.entries(fields).filter(([key]) => !NAMES.includes(key) && key !== "phonenumber"));
    const known = [...rows(userData), ...rows(others)].map(([key, value]) => {
      const row = make("div");
      row.append(make("dt", key), make("dd", value));
      return row;
    });
    at("data").replaceChildren(...(known.length ? known : [make("div", "The page sent nothing else.")]));
    at("timeline").replaceChildren(...timeline(card));
  }

  function timeline(card) {
    const steps = [["Asked for a number", card.createdAt], ["Call matched, ringing", card.matchedAt], ["Answered", card.connectedAt], ["Hung up", card.endedAt]]
      .filter(([, when]) => when);
    const notes = (card.notes ?? []).map(({ at, text, disposition }) => [[disposition, text].filter(Boolean).join(": "), at]);
    let before = null;
    return [...steps, ...notes].sort(([, a], [, b]) => ms(a) - ms(b)).map(([text, when]) => {
      const item = make("li");
      item.append(make("time", time(when), { datetime: when }), make("span", text), make("small", before ? `after ${span(ms(before), ms(when))}` : ""));
      before = when;
      return item;
    });
  }

  const remark = ({ remark }) => remark && (remark.kind === "code_refused" ? "Wrong code keyed in" : "Is calling…");

  function showLists() {
    const all = [...cards.values()].reverse();
    const waiting = all.filter((card) => card.state === "waiting");
    const calls = all.filter((card) => card.matchedAt).sort((a, b) => ms(b.matchedAt) - ms(a.matchedAt));
    set("waiting-count", String(waiting.length));
    set("calls-count", String(calls.length));
    at("waiting-none").hidden = !!waiting.length;
    at("calls-none").hidden = !!calls.length;
    at("waiting").replaceChildren(...waiting.map((card) => {
      const item = make("div");
      item.append(make("b", nameOf(card)), make("span", "", { class: "last", "data-until": card.expiresAt }),
        make("span", remark(card) ?? `${card.group} · ${pretty(card.accessNumber)}`));
      const entry = make("li");
      entry.append(item);
      return entry;
    }));
    const shown = current();
    const focused = document.activeElement?.dataset?.id;
    at("calls").replaceChildren(...calls.map((card) => {
      const button = make("button", null, { type: "button", "data-id": card.id, "aria-current": String(card === shown) });
      button.append(make("b", nameOf(card)), make("span", time(card.matchedAt), { class: "last" }),
        make("span", STATES[card.state]), make("span", card.endedAt && card.connectedAt ? span(ms(card.connectedAt), ms(card.endedAt)) : "", { class: "last" }));
      button.addEventListener("click", () => { chosen = card.id; show(); });
      const entry = make("li");
      entry.append(button);
      return entry;
    }));
    if (focused) at("calls").querySelector(`[data-id="${focused}"]`)?.focus();
  }

  /** The chosen card, else the newest call. */
  function current() {
    const calls = [...cards.values()].filter((card) => card.matchedAt).sort((a, b) => ms(b.matchedAt) - ms(a.matchedAt));
    return cards.get(chosen) ?? calls[0];
  }

  function show() {
    showCard(current());
    showLists();
    tick();
  }

  function tick() {
    const now = Date.now();
    for (const element of document.querySelectorAll("[data-until]")) {
      const text = span(now, ms(element.dataset.until));
      if (element.textContent !== text) element.textContent = text;
    }
    const card = current();
    if (!card) return;
    const from = ms(card.connectedAt ?? card.matchedAt);
    set("clock", span(from, card.endedAt ? ms(card.endedAt) : now));
    document.title = (card.state === "matched" ? `☎ ${nameOf(card)} · ` : "") + "Agent desk · Larch & Loom";
  }

  function link(state, text) {
    at("link").dataset.state = state;
    set("link-text", text);
  }

  const source = new EventSource("/demo/agent/events");
  source.addEventListener("open", () => link("live", "Live"));
  source.addEventListener("error", () => link("connecting", "Reconnecting…"));
  source.addEventListener("board", (event) => {
    cards.clear();
    for (const card of JSON.parse(event.data)) cards.set(card.id, card);
    show();
  });
  source.addEventListener("card", (event) => {
    const card = JSON.parse(event.data);
    // A new call comes to the front, whatever was being looked at.
    if (card.state === "matched" && !LIVE.includes(cards.get(card.id)?.state)) chosen = null;
    cards.set(card.id, card);
    show();
  });
  setInterval(tick, 1000);
})();
