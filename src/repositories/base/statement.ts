/** SQL whose text is fixed at start, so that it is parsed and planned once per connection. Values are always parameters. */
export interface Statement {
  readonly text: string;
}

/** What would outlive the statement on a connection that many share: transactions are begun by the TransactionRunner alone. */
const OUTLIVES =
  /^(?:begin|start|commit|end|rollback|abort|savepoint|release|prepare|deallocate|discard|declare|set|reset|listen|load)\b|\bset_config\s*\(/i;

/**
 * @param text SQL with $1, $2, ... for its values; white space is folded
 * @throws RangeError for transaction control and settings
 */
export function statement(text: string): Statement {
  const folded = text.replace(/\s+/g, ' ').trim();
  if (OUTLIVES.test(folded)) throw new RangeError(`Not for a shared connection: ${folded.slice(0, 60)}`);
  return { text: folded };
}

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
