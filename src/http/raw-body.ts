/** Room for a body that is kept as it came. */
export interface RawBodySpec {
  readonly limitKb: number;
}

/** A request whose body is kept as it came. */
export interface RawRequest {
  readonly bytes: Buffer;
  /** Names in lower case; of one that came several times the values are joined. */
  readonly headers: Readonly<Record<string, string>>;
}

const textOf = (value: unknown): string | null => {
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'string' ? value : null;
};

/** What the body parser for raw bodies and the server made of a request. */
export function rawRequestFor({ body, headers }: { readonly body: unknown; readonly headers?: unknown }): RawRequest {
  const named = Object.entries(headers ?? {}).flatMap(([name, value]: [string, unknown]) => {
    const text = textOf(value);
    return text === null ? [] : [[name, text] as const];
  });
  return { bytes: Buffer.isBuffer(body) ? body : Buffer.alloc(0), headers: Object.fromEntries(named) };
}
