import { createHash } from 'node:crypto';

const MOST_STATEMENTS = 2000;

/**
 * Names statements by their text, so that each is parsed and planned once per connection. Past the bound (an IN list has a text
 * per length) further texts stay unnamed rather than fill the server's memory.
 */
export function createStatementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined) return known;
    if (names.size >= MOST_STATEMENTS) return undefined;
    const name = `rh_${createHash('sha256').update(text).digest('base64url').slice(0, 20)}`;
    names.set(text, name);
    return name;
  };
}
