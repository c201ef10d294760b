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

/** Where the browser's language is spoken most, if the page's list has it. */
function usual(list: Country[]): Country | undefined {
  const { region } = new Intl.Locale(navigator.language).maximize();
  return list.find((country) => country.region == region) ?? list[0];
}

/**
 * Puts a choice of countries before the field of a row; what is read of the row is an international number from then on.
 *
 * @param regions Those to offer, the usual one first; all if there is no list.
 */
function addCountry(row: Row, regions: unknown): void {
  const wanted = Array.isArray(regions) ? regions : undefined;
  const offered = wanted ? countries.filter(({ region }) => wanted.includes(region)) : countries;
  const list = offered[0] ? offered : countries;
  const names = new Intl.DisplayNames(languageAttributes().lang, { type: "region" });
  const named = list
    .map((country) => ({ ...country, name: names.of(country.region) ?? country.region }))
    .sort((a, b) => a.name.localeCompare(b.name));
  const { field } = row;
  const select = h(
    "select",
    { id: "cx_clicktocall_form_country", "aria-label": say("CountryCode"), autocomplete: "tel-country-code" },
    ...named.map(({ region, code, name }) => h("option", { value: region }, `${name} +${code}`)),
  );
  const shown = h("span", { "aria-hidden": "true" });
  const chosen = () => named.find(({ region }) => region == select.value)!;
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
  choose(usual(list));
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
}
