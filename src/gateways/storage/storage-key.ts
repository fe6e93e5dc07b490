/** The key of an object is malformed, or lies outside the places an object may have. */
export class StorageKeyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StorageKeyError';
  }
}

/** S3's limit, in bytes; keys are ASCII. */
const keyLengthLimit = 1024;
/** What a file name may have on every file system. */
const segmentLengthLimit = 255;
const segmentPattern = /^[A-Za-z0-9._-]+$/;
const prefixPattern = /^(?:tenants\/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|platform)\//;

const isSegment = (segment: string): boolean =>
  segmentPattern.test(segment) && segment !== '.' && segment !== '..' && segment.length <= segmentLengthLimit;

/**
 * Checks a key: `tenants/<uuid>/…` or `platform/…`, with segments of letters, digits, dot, underscore and hyphen, none of them
 * `.` or `..`, and at most 1024 characters. Such a key can't leave its prefix, on a file system or elsewhere.
 * @throws StorageKeyError
 */
export function assertStorageKey(key: string): void {
  if (key.length > keyLengthLimit) throw new StorageKeyError('the key is too long');
  if (!prefixPattern.test(key)) throw new StorageKeyError('the key belongs to no tenant and not to the platform');
  if (!key.split('/').every(isSegment)) throw new StorageKeyError('the key has a malformed segment');
}

/**
 * Checks what keys begin with: a key that ends in a slash, `tenants/<uuid>/` at the least.
 * @throws StorageKeyError
 */
export function assertStoragePrefix(prefix: string): void {
  if (!prefix.endsWith('/')) throw new StorageKeyError('the prefix must end in a slash');
  assertStorageKey(`${prefix}object`);
}

function storageKey(segments: readonly string[]): string {
  const key = segments.join('/');
  assertStorageKey(key);
  return key;
}

/**
 * The key of a tenant's object: (id, 'invoices', 'INV-7.pdf') is `tenants/<id>/invoices/INV-7.pdf`.
 * @throws StorageKeyError if a segment is malformed or there is none; a slash inside a segment only adds a segment
 */
export const tenantStorageKey = (tenantId: string, ...segments: string[]): string =>
  storageKey(['tenants', tenantId, ...segments]);

/**
 * What the keys of a tenant's objects begin with, or of those in one of its folders: (id, 'exports') is `tenants/<id>/exports/`.
 * @throws StorageKeyError if a segment is malformed
 */
export function tenantStoragePrefix(tenantId: string, ...segments: string[]): string {
  const prefix = `${['tenants', tenantId, ...segments].join('/')}/`;
  assertStoragePrefix(prefix);
  return prefix;
}

/**
 * The key of an object of the platform itself.
 * @throws StorageKeyError if a segment is malformed or there is none
 */
export const platformStorageKey = (...segments: string[]): string => storageKey(['platform', ...segments]);
