/** One object of a list. */
export type JsonObjectText =
  | { readonly line: number; readonly text: string }
  | { readonly line: number; readonly fault: 'too_large' | 'too_deep' };

export interface JsonObjectLimits {
  /** Bytes of one object. */
  readonly mostBytes: number;
  /** Objects and arrays within each other. */
  readonly mostDepth: number;
}

/** The text is no list of objects, or it ends in the middle. */
export class JsonListError extends Error {
  /** Where it is wrong, from 1; of what was cut off, where it began. */
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.name = 'JsonListError';
    this.line = line;
  }
}

const [TAB, LINE_FEED, CARRIAGE_RETURN, SPACE] = [0x09, 0x0a, 0x0d, 0x20];
const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPENING_BRACKET, CLOSING_BRACKET, OPENING_BRACE, CLOSING_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Finds the end of an object and keeps its text, as long as both are within the limits. */
function createObjectReader({ mostBytes, mostDepth }: JsonObjectLimits, line: number) {
  const parts: Buffer[] = [];
  let size = 0;
  let depth = 0;
  let inString = false;
  let isEscaped = false;
  let fault: 'too_large' | 'too_deep' | undefined;

  return {
    line,

    /** @returns whether this byte ends the object */
    isEnd(byte: number): boolean {
      if (isEscaped) isEscaped = false;
      else if (inString) {
        if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) {
        depth += 1;
        if (depth > mostDepth) fault ??= 'too_deep';
      } else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) depth -= 1;
      return depth === 0;
    },

    add(part: Buffer): void {
      size += part.length;
      if (size > mostBytes) fault ??= 'too_large';
      if (fault === undefined) parts.push(part);
      else parts.length = 0;
    },

    finish: (): JsonObjectText =>
      fault === undefined ? { line, text: Buffer.concat(parts).toString() } : { line, fault },
  };
}

type ObjectReader = ReturnType<typeof createObjectReader>;

/** What may stand between the objects of a list, and whether the list is whole when the text ends here. */
function createListGrammar() {
  let state: 'start' | 'first' | 'next' | 'separator' | 'end' | 'lines' = 'start';
  return {
    get isWhole(): boolean {
      return state === 'end' || state === 'lines';
    },

    /** @returns whether an object begins @throws JsonListError */
    isObject(byte: number, line: number): boolean {
      if (byte === OPENING_BRACE && state !== 'separator' && state !== 'end') {
        state = state === 'start' || state === 'lines' ? 'lines' : 'separator';
        return true;
      }
      if (byte === OPENING_BRACKET && state === 'start') state = 'first';
      else if (byte === CLOSING_BRACKET && (state === 'first' || state === 'separator')) state = 'end';
      else if (byte === COMMA && state === 'separator') state = 'next';
      else throw new JsonListError('Only objects can stand in the list, with commas between them', line);
      return false;
    },
  };
}

const isSpace = (byte: number): boolean =>
  byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB;

/**
 * Cuts an array of objects, or objects one after the other (NDJSON), into the text of each, in memory that does not grow with
 * the list: of one that exceeds the limits only the end is looked for. The objects themselves are still to be parsed.
 * @param source UTF-8 without a byte order mark
 * @throws JsonListError
 */
export async function* jsonObjects(
  source: AsyncIterable<Buffer>,
  limits: JsonObjectLimits,
): AsyncGenerator<JsonObjectText> {
  const grammar = createListGrammar();
  let object: ObjectReader | undefined;
  let line = 1;

  for await (const chunk of source) {
    let from = 0;
    for (const [index, byte] of chunk.entries()) {
      if (byte === LINE_FEED) line += 1;
      if (object === undefined) {
        if (isSpace(byte) || !grammar.isObject(byte, line)) continue;
        object = createObjectReader(limits, line);
        from = index;
      }
      if (object.isEnd(byte)) {
        object.add(chunk.subarray(from, index + 1));
        yield object.finish();
        object = undefined;
      }
    }
    object?.add(chunk.subarray(from));
  }
  if (object !== undefined) throw new JsonListError('The file ends in the middle of this object', object.line);
  if (!grammar.isWhole) throw new JsonListError('The file ends before its list does', line);
}
