/** The part with the country beside a phone number: visitors write their number as they are used to. */

import type { Row } from "../form/row";
import { addStyle, h, type Kit, languageAttributes, say, take } from "../kit/kit";
import css from "../theme/countries.css";
import { type Country, countries, countryOf, toInternational } from "./numbers";

export interface CountriesPart {
  addCountry: typeof addCountry;
}

export function install(kit: Kit): CountriesPart {
  take(kit);
  addStyle(css);
  return { addCountry };
}

const find = (list: Country[], wanted: unknown) => list.find(({ region }) => region == wanted);

/** Where the browser's language is spoken most, if the list has it. */
const usual = (list: Country[]) => find(list, new Intl.Locale(navigator.language).maximize().region);

/**
 * Puts a choice of countries before the field of a row; what is read of the row is an international number from then on.
 *
 * @param regions Those to offer, the usual one first; all if there is no list.
 * @returns Has it offer others, and keeps the one that is chosen if it is among them.
 */
function addCountry(row: Row, regions: unknown): (regions: string[]) => void {
  const { field } = row;
  let list: Country[] = [];
  const select = h("select", {
    id: "cx_clicktocall_form_country",
    "aria-label": say("CountryCode"),
    autocomplete: "tel-country-code",
  });
  const shown = h("span", { "aria-hidden": "true" });
  const chosen = () => find(list, select.value)!;
  const show = () => (shown.textContent = "+" + chosen().code);
  const choose = (country: Country | undefined) => {
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
    const names = new Intl.DisplayNames(languageAttributes().lang, { type: "region" });
    const named = list
      .map(({ region, code }) => ({ region, code, name: names.of(region) ?? region }))
      .sort((a, b) => a.name.localeCompare(b.name));
    select.replaceChildren(...named.map(({ region, code, name }) => h("option", { value: region }, `${name} +${code}`)));
    choose(find(list, before) ?? usual(list) ?? find(list, wanted[0]) ?? list[0]);
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
  return (regions) => {
    if (!regions[0]) return;
    offer(regions);
    follow();
  };
}
