/** SQL whose text is fixed at start, so that it is parsed and planned once per connection. Values are always parameters. */
export interface Statement {
  readonly text: string;
}

/** @param text SQL with $1, $2, ... for its values; white space is folded */
export const statement = (text: string): Statement => ({ text: text.replace(/\s+/g, ' ').trim() });

/**
 * Statements that differ by white-listed parts (a sort order, which filters are there): each text is built once and kept.
 * @param build makes the text from the parts, which must come from a closed set and never from input
 */
export function statementFamily<Parts extends readonly (string | boolean)[]>(
  build: (...parts: Parts) => string,
): (...parts: Parts) => Statement {
  const known = new Map<string, Statement>();
  return (...parts) => {
    const key = parts.join('|');
    const existing = known.get(key);
    if (existing !== undefined) return existing;
    const made = statement(build(...parts));
    known.set(key, made);
    return made;
  };
}
