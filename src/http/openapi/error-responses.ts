import { z } from 'zod';
import { type ErrorCode, errorRegistry } from '../../errors/registry.ts';
import { type Components, componentRef, type Example, type Reference, type Response } from './openapi-document.ts';
import { headersOf } from './response-headers.ts';
import type { SchemaComponents } from './schema-components.ts';

const REQUEST_ID = '7b0c1f4e-6a55-4c0e-9d3a-2f61a0d4c9b7';

/** Whether a text is a code of the registry. */
export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorRegistry, code);
const ERROR_CODES: readonly ErrorCode[] = Object.keys(errorRegistry).filter(isErrorCode);

/** The body of every answer that is not a success. */
export const ErrorResponse = z
  .strictObject({
    success: z.literal(false),
    error: z.strictObject({
      message: z.string().meta({ description: 'For people; its words may change.' }),
      code: z.enum(ERROR_CODES).meta({
        id: 'ErrorCode',
        description: 'For programs: the codes stay the same.',
        example: 'VALIDATION_FAILED',
      }),
      statusCode: z.number().int().min(400).max(599).meta({ description: 'The HTTP status.', example: 400 }),
      details: z
        .unknown()
        .optional()
        .meta({ description: 'What exactly is wrong: for VALIDATION_FAILED a list of { path, message, code }.' }),
      requestId: z.string().meta({ description: 'As in X-Request-Id.', example: REQUEST_ID }),
    }),
  })
  .meta({ id: 'ErrorResponse' });

const DETAILS: { readonly [Code in ErrorCode]?: unknown } = {
  VALIDATION_FAILED: [
    { path: 'body.name', message: 'Too small: expected string to have >=1 characters', code: 'too_small' },
  ],
};

const exampleOfError = (code: ErrorCode): Example => {
  const { status, message } = errorRegistry[code];
  const details = DETAILS[code];
  return {
    summary: message,
    value: {
      success: false,
      error: {
        message,
        code,
        statusCode: status,
        ...(details !== undefined && { details }),
        requestId: REQUEST_ID,
      },
    },
  };
};

/** One example for each code of the registry, named by the code. */
export const errorExamples = (): Components['examples'] =>
  Object.fromEntries(ERROR_CODES.map((code) => [code, exampleOfError(code)]));

const describe = (codes: readonly ErrorCode[]): string =>
  codes.map((code) => `- \`${code}\`: ${errorRegistry[code].message}`).join('\n');

const responseOf = (status: number, codes: readonly ErrorCode[], schemas: SchemaComponents): Response => ({
  description: describe(codes),
  headers: headersOf(status),
  content: {
    'application/json': {
      schema: schemas.convert(ErrorResponse, 'output'),
      examples: Object.fromEntries(codes.map((code) => [code, componentRef('examples', code)])),
    },
  },
});

/** `DatabaseUnavailable` for DATABASE_UNAVAILABLE. */
const responseName = (code: ErrorCode): string =>
  code.toLowerCase().replace(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase());

type ErrorCodes = readonly [ErrorCode, ...ErrorCode[]];

/** Answers for several codes that the chain in front of many handlers gives. */
const SHARED_GROUPS: Readonly<Record<string, ErrorCodes>> = {
  InvalidBody: ['VALIDATION_FAILED', 'MALFORMED_BODY'],
  InvalidOrWithoutTenant: ['VALIDATION_FAILED', 'TENANT_REQUIRED'],
  InvalidBodyOrWithoutTenant: ['VALIDATION_FAILED', 'MALFORMED_BODY', 'TENANT_REQUIRED'],
  SessionRequired: ['UNAUTHENTICATED', 'TOKEN_INVALID', 'TOKEN_EXPIRED', 'SESSION_REVOKED', 'API_KEY_INVALID'],
  TenantForbidden: [
    'FORBIDDEN',
    'TENANT_ACCESS_DENIED',
    'TENANT_SUSPENDED',
    'SESSION_RESTRICTED',
    'ADDRESS_NOT_ALLOWED',
  ],
};

const sharedGroups = (): [string, ErrorCodes][] => [
  ...Object.entries(SHARED_GROUPS),
  ...ERROR_CODES.map((code): [string, ErrorCodes] => [responseName(code), [code]]),
];

/** The answers that operations share by reference: one for each code, and one for each group of codes that is common. */
export const sharedErrorResponses = (schemas: SchemaComponents): Components['responses'] =>
  Object.fromEntries(
    sharedGroups().map(([name, codes]) => [name, responseOf(errorRegistry[codes[0]].status, codes, schemas)]),
  );

const inRegistryOrder = (codes: readonly ErrorCode[]): ErrorCode[] =>
  ERROR_CODES.filter((code) => codes.includes(code));

/** The error answers of an operation, by status. */
export function errorResponsesOf(
  codes: readonly ErrorCode[],
  schemas: SchemaComponents,
): Record<string, Response | Reference> {
  const shared = new Map(sharedGroups().map(([name, group]) => [inRegistryOrder(group).join(), name]));
  const statuses = new Set(codes.map((code) => errorRegistry[code].status));
  return Object.fromEntries(
    [...statuses].map((status) => {
      const group = inRegistryOrder(codes).filter((code) => errorRegistry[code].status === status);
      const name = shared.get(group.join());
      return [
        String(status),
        name === undefined ? responseOf(status, group, schemas) : componentRef('responses', name),
      ];
    }),
  );
}
