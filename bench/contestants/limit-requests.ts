import type { IncomingMessage } from 'node:http';

/** A request that is refused; the message is all its client is told. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function readBody(req: IncomingMessage): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('error', reject);
    req.on('end', () => {
      try {
        resolve(JSON.parse(Buffer.concat(chunks).toString()));
      } catch {
        reject(new Refusal(400, 'The body is not JSON'));
      }
    });
  });
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isText = (value: unknown, max: number): value is string =>
  typeof value === 'string' && value !== '' && value.length <= max;
const isDecimal = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{1,12}(\.\d{1,4})?$/.test(value);

export interface DraftItem {
  readonly description: string;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly taxRate: string;
}

export interface DraftRequest {
  readonly currency: string;
  readonly customer: { name: string; email: string; taxId: string; addressLines: string[] };
  readonly paymentTerms: number;
  readonly items: readonly DraftItem[];
}

const isItem = (value: unknown): value is DraftItem =>
  isObject(value) &&
  isText(value.description, 500) &&
  isDecimal(value.quantity) &&
  isDecimal(value.unitPrice) &&
  isDecimal(value.taxRate);

const isCustomer = (value: unknown): value is DraftRequest['customer'] =>
  isObject(value) &&
  isText(value.name, 200) &&
  isText(value.email, 254) &&
  isText(value.taxId, 40) &&
  Array.isArray(value.addressLines) &&
  value.addressLines.every((line) => isText(line, 120));

/** The checks that the bench's bodies need, written by hand. */
export const isDraftRequest = (value: unknown): value is DraftRequest =>
  isObject(value) &&
  isText(value.currency, 3) &&
  isCustomer(value.customer) &&
  Number.isInteger(value.paymentTerms) &&
  Array.isArray(value.items) &&
  value.items.length <= 500 &&
  value.items.every(isItem);

export const isCredentials = (value: unknown): value is { email: string; password: string } =>
  isObject(value) && isText(value.email, 254) && isText(value.password, 256);

/** A whole number of the query, or its default. */
export function wholeNumber(query: URLSearchParams, name: string, fallback: number, max: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max) throw new Refusal(400, `${name} is out of range`);
  return value;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function asUuid(text: string): string {
  if (!UUID.test(text)) throw new Refusal(400, 'The id is no UUID');
  return text;
}
