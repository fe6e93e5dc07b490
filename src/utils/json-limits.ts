/** How much JSON is taken. */
export interface JsonLimits {
  /** Levels of objects and lists; a plain value has none. */
  readonly depth: number;
  /** Values in all, the lists and objects among them. */
  readonly values: number;
  /** Bytes of UTF-8 when written without white space. */
  readonly bytes: number;
}

export interface JsonFault {
  /** Names and positions that lead to it. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const MOST_NAME_LENGTH = 256;

/** Names that change what an object is where it is copied carelessly. */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor']);

/**
 * The first thing for which parsed JSON can't be taken: it is too much, or PostgreSQL's jsonb would refuse or change it.
 * Never goes deeper than the limit, so that no nesting exhausts the stack.
 */
export function jsonFaultOf(json: unknown, { depth, values, bytes }: JsonLimits): JsonFault | null {
  let seen = 0;

  const visit = (value: unknown, path: readonly (string | number)[]): JsonFault | null => {
    seen += 1;
    if (seen > values) return { path: [], message: `At most ${values} values` };
    if (typeof value === 'string') return faultOfText(value, path);
    if (typeof value === 'number') return Number.isFinite(value) ? null : { path, message: 'Is too large a number' };
    if (typeof value !== 'object' || value === null) return null;
    if (path.length >= depth) return { path: [], message: `At most ${depth} levels` };
    const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
    for (const [name, inner] of entries) {
      const fault = (typeof name === 'string' ? faultOfName(name, path) : null) ?? visit(inner, [...path, name]);
      if (fault !== null) return fault;
    }
    return null;
  };

  const fault = visit(json, []);
  if (fault !== null) return fault;
  const size = json === undefined ? 0 : Buffer.byteLength(JSON.stringify(json));
  return size > bytes ? { path: [], message: `At most ${bytes} bytes` } : null;
}

function faultOfName(name: string, path: readonly (string | number)[]): JsonFault | null {
  if (FORBIDDEN_NAMES.has(name)) return { path, message: `The name ${name} is not allowed` };
  if (name.length > MOST_NAME_LENGTH) return { path, message: `Names have at most ${MOST_NAME_LENGTH} characters` };
  return faultOfText(name, path);
}

function faultOfText(text: string, path: readonly (string | number)[]): JsonFault | null {
  if (text.includes('\0')) return { path, message: 'NUL characters are not allowed' };
  return text.isWellFormed() ? null : { path, message: 'Must be well-formed Unicode' };
}
