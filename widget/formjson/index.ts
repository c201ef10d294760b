/** The part that is loaded for a form that the page describes itself. */

import type { Options } from "../bus/types";
import type { GlobalBus } from "../bus/types";
import type { createRow, Row } from "../form/row";
import { type Kit, take } from "../kit/kit";
import css from "../theme/form.css";
import { type FormDefinition, faultsOf } from "./definition";
import { createRows } from "./rows";

/** What a form is built with. */
export interface Surroundings {
  createRow: typeof createRow;
  loadJQuery(): Promise<unknown>;
  bus: GlobalBus;
  common: unknown;
  /** The sentences of the language in force, by namespace. */
  sentences(): Options;
  report(message: string, error?: unknown): void;
}

/** Makes the rows and the element that holds them, each time anew. */
export type Describe = () => [rows: Row[], layout: Element] | undefined;

export interface FormPart {
  /** @returns What makes the form; `undefined` when the description cannot be understood, which is reported. */
  prepare(definition: unknown, surroundings: Surroundings): Promise<Describe | undefined>;
}

async function prepare(definition: unknown, surroundings: Surroundings): Promise<Describe | undefined> {
  const { createRow, loadJQuery, bus, common, sentences, report } = surroundings;
  const faults = faultsOf(definition);
  for (const fault of faults) report(fault);
  if (faults.length) return undefined;
  const form = definition as FormDefinition;
  const needsJQuery = form.inputs.some(({ validate }) => validate);
  const $ = needsJQuery ? await loadJQuery().catch(() => undefined) : undefined;
  const needsCommon = form.inputs.some(({ validate }) => typeof validate == "function" && validate.length > NAMES_COMMON);
  if (needsCommon) await bus.loadPlugin("Common").then(null, () => {});
  return () => {
    try {
      return createRows(form, { createRow, tools: [$, bus, common], sentences: sentences() });
    } catch (error) {
      report("formJSON", error);
      return undefined;
    }
  };
}

/** A validator that names more arguments than this has use for the last. */
const NAMES_COMMON = 6;

export function install(kit: Kit): FormPart {
  take(kit);
  kit.addStyle(css);
  return { prepare };
}
