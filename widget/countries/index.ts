/** The part with the country beside a phone number: visitors write their number as they are used to. */

import type { Row } from "../form/row";
import { locale } from "../i18n/locale";
import { addStyle, h, type Kit, languageAttributes, say, take } from "../kit/kit";
import css from "../theme/countries.css";
import { type Country, countries, countryOf, toInternational } from "./numbers";

export interface CountriesPart {
  addCountry: typeof addCountry;
}

export function install(kit: Kit): CountriesPart {
  take(kit);
  addStyle(css);
  // The first of its kind takes a browser longer than all that the panel does to open: the pointer is still on its way.
  setTimeout(() => [namesNow(), home()]);
  return { addCountry };
}

/** Names of regions in the language there is now. */
const namesNow = () => new Intl.DisplayNames(locale(languageAttributes().lang), { type: "region" });

const find = (list: Country[], wanted: unknown) => list.find(({ region }) => region == wanted);

let region: string | undefined;

/** Where the browser's language is spoken most. */
const home = () => (region ??= new Intl.Locale(navigator.language).maximize().region);

/** Runs once the next frame is on the screen. */
const afterFrame = (run: () => void) => requestAnimationFrame(() => setTimeout(run));

/**
 * Puts a choice of countries before the field of a row; what is read of the row is an international number from then on.
 *
 * @param regions Those to offer, the usual one first; all if there is no list.
 * @returns Has it offer others, and keeps the one that is chosen if it is among them; else, once the visitor has started,
 *   all stay as they are.
 */
function addCountry(row: Row, regions: unknown): (regions: string[], isStarted: boolean) => void {
  const { field } = row;
  let list: Country[] = [];
  /** Whether there is more to choose from than the country that is chosen. */
  let isWhole = false;
  let isDue = false;
  const select = h("select", {
    id: "cx_clicktocall_form_country",
    "aria-label": say("CountryCode"),
    autocomplete: "tel-country-code",
  });
  const shown = h("span", { "aria-hidden": "true" });
  const chosen = () => find(list, select.value)!;
  const show = () => (shown.textContent = "+" + chosen().code);
  const option = ({ region, code }: Country, name = "") => h("option", { value: region }, `${name} +${code}`);
  const choose = (country: Country | undefined) => {
    if (country && !isWhole) select.replaceChildren(option(country));
    if (country) select.value = country.region;
    show();
  };
  const follow = () => {
    const typed = countryOf(field.value, list);
    // Countries that share a code cannot be told apart by it.
    if (typed && typed.code != chosen().code) choose(typed);
  };
  const offer = (wanted: string[]) => {
    const before = select.value;
    const allowed = countries.filter(({ region }) => wanted.includes(region));
    list = allowed[0] ? allowed : countries;
    isWhole = false;
    choose(find(list, before) ?? find(list, home()) ?? find(list, wanted[0]) ?? list[0]);
    if (isDue) return;
    isDue = true;
    afterFrame(() => {
      isDue = false;
      const { value } = select;
      const names = namesNow();
      const { compare } = new Intl.Collator(locale(languageAttributes().lang));
      const named = list.map((country) => [names.of(country.region) ?? country.region, country] as const);
      named.sort(([a], [b]) => compare(a, b));
      select.replaceChildren(...named.map(([name, country]) => option(country, name)));
      select.value = value;
      isWhole = true;
    });
  };
  offer(Array.isArray(regions) ? regions : []);
  select.onchange = show;
  field.addEventListener("input", follow);

  const before = document.createComment("");
  field.before(before);
  const focused = field.matches(":focus");
  before.replaceWith(h("div", { class: "phone" }, h("span", { class: "country", dir: "ltr" }, shown, select), field));
  if (focused) field.focus();

  const { read, write } = row;
  row.read = () => toInternational(String(read()), chosen());
  row.write = (value) => {
    write(value);
    follow();
  };
  follow();
  return (regions, isStarted) => {
    // A number that is being typed belongs to the country that was chosen for it.
    if (!regions[0] || (isStarted && !regions.includes(select.value))) return;
    offer(regions);
    follow();
  };
}
