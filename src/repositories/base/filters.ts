/** The filters that a request gave: their names as a statement family's part, and their values. */
export interface GivenFilters {
  readonly names: string;
  readonly values: readonly unknown[];
}

/** SQL of given filters, with $1, $2, ... for their values; `next` is the first number that is free. */
export interface FilterClause {
  readonly text: string;
  readonly next: number;
}

/**
 * The closed set of conditions a list knows, so that its statements can be told apart by which of them are given.
 * @param conditions SQL by name, with ? for each value
 */
export function createFilters<Name extends string>(conditions: Readonly<Record<Name, string>>) {
  const isName = (name: string): name is Name => Object.hasOwn(conditions, name);
  const known = Object.keys(conditions).filter(isName);
  return {
    /** @param filters a value by name, or an array for a condition with several; what is undefined is not asked for */
    given(filters: Readonly<Partial<Record<Name, unknown>>>): GivenFilters {
      const names = known.filter((name) => filters[name] !== undefined);
      return { names: names.join(','), values: names.flatMap((name) => filters[name]) };
    },

    clause(names: string): FilterClause {
      let next = 1;
      const texts = names
        .split(',')
        .filter(isName)
        .map((name) => conditions[name].replace(/\?/g, () => `$${next++}`));
      return { text: texts.length === 0 ? 'true' : texts.join(' and '), next };
    },
  };
}
