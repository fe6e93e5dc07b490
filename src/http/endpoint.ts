import type { RequestHandler } from 'express';
import type { z } from 'zod';
import { invariant } from '../errors/app-error.ts';
import type { ErrorCode } from '../errors/registry.ts';
import { refuseCardNumbers } from '../middleware/card-numbers.ts';
import { type ParsedInput, parseInput, type RawInput } from '../middleware/validation.middleware.ts';
import type { Context } from '../types/context.ts';
import type { CookieJar } from '../types/cookie-jar.ts';
import type { IncomingFile } from '../types/incoming-file.ts';
import type { Page, Slice } from '../types/page.ts';
import type { Access } from './access.ts';
import type { UploadSpec } from './multipart.ts';
import { type RawBodySpec, type RawRequest, rawRequestFor } from './raw-body.ts';
import type { FileAnswer, SeekableFileAnswer } from './send-file.ts';

export type HttpMethod = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** The budgets of config/rate-limits.ts. */
export type RateLimitName = 'read' | 'write' | 'auth';

/** What was written, and whether it was not there before. */
export interface Upserted<T> {
  readonly created: boolean;
  readonly item: T;
}

/** What an endpoint answers when it succeeds; everything that is not JSON is an explicit kind. */
export type Success =
  | { readonly status: 200 | 201 | 202; readonly schema: z.ZodType }
  /** JSON without the envelope, in the shape that somebody else's clients expect. */
  | { readonly status: 200 | 201; readonly bare: z.ZodType }
  /** What was made anew is answered with 201, what was there already with 200. */
  | { readonly status: 200; readonly upsert: z.ZodType }
  | { readonly status: 200; readonly page: z.ZodType }
  | { readonly status: 200; readonly slice: z.ZodType }
  /** Rows of single values: as JSON, or as a file of CSV for those who accept nothing else. */
  | { readonly status: 200; readonly report: z.ZodObject }
  | { readonly status: 204 }
  | { readonly status: 200; readonly file: { readonly contentType: string; readonly seekable?: true } }
  | { readonly status: 200; readonly text: { readonly contentType: string } }
  | { readonly status: 200; readonly document: { readonly description: string } }
  | { readonly status: 200; readonly site: { readonly description: string } };

type Returned<S extends Success> = S extends { schema: infer Z extends z.ZodType }
  ? z.input<Z>
  : S extends { bare: infer Z extends z.ZodType }
    ? z.input<Z>
    : S extends { upsert: infer Z extends z.ZodType }
      ? Upserted<z.input<Z>>
      : S extends { page: infer Z extends z.ZodType }
        ? Page<z.input<Z>>
        : S extends { slice: infer Z extends z.ZodType }
          ? Slice<z.input<Z>>
          : S extends { report: infer Z extends z.ZodType }
            ? readonly z.input<Z>[]
            : S extends { file: { seekable: true } }
              ? SeekableFileAnswer
              : S extends { file: object }
                ? FileAnswer
                : S extends { text: object }
                  ? string
                  : S extends { document: object }
                    ? object
                    : undefined;

/** What an upload brings; undefined where none is declared. */
type Uploaded<Upload> = Upload extends UploadSpec ? IncomingFile : undefined;

function uploadedFor<Upload>(declared: Upload | undefined, file: IncomingFile | undefined): Uploaded<Upload>;
function uploadedFor(declared: unknown, file: IncomingFile | undefined): IncomingFile | undefined {
  return declared === undefined ? undefined : invariant(file, 'An upload is received before its handler is called');
}

/** What `begin` wrote; undefined where none is declared. */
type Begun<Begin> = Begin extends string ? string : undefined;

function begunFor<Begin>(begin: unknown, written: string | undefined): Begun<Begin>;
function begunFor(begin: unknown, written: string | undefined): string | undefined {
  return begin === undefined
    ? undefined
    : invariant(written, 'What an endpoint begins is written before its handler is called');
}

/** What came with a raw body; undefined where none is declared. */
type Received<Raw> = Raw extends RawBodySpec ? RawRequest : undefined;

function receivedFor<Raw>(declared: Raw | undefined, raw: RawInput): Received<Raw>;
function receivedFor(declared: unknown, raw: RawInput): RawRequest | undefined {
  return declared === undefined ? undefined : rawRequestFor(raw);
}

/** What a handler is given: parsed input and the context its access promises. */
export interface HandlerInput<Params, Query, Body, Ctx, Prepared, Upload, Begin = undefined, Raw = undefined>
  extends ParsedInput<Params, Query, Body> {
  readonly ctx: Ctx;
  readonly cookies: CookieJar;
  readonly upload: Uploaded<Upload>;
  /** What `prepare` resolved with; undefined without one. */
  readonly prepared: Prepared | undefined;
  /** What `begin` resolved with; undefined without one. */
  readonly begun: Begun<Begin>;
  readonly raw: Received<Raw>;
}

/** The declaration of one endpoint. Everything around the handler is an option here; nothing is mounted by hand. */
export interface EndpointSpec<
  Deps,
  Ctx extends Context,
  Params extends z.ZodType | undefined,
  Query extends z.ZodType | undefined,
  Body extends z.ZodType | undefined,
  S extends Success,
  Prepared,
  Upload extends UploadSpec | undefined,
  Begin extends string | undefined,
  Raw extends RawBodySpec | undefined,
> {
  readonly method: HttpMethod;
  /** Express notation: `/api/tenants/:id`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly [string];
  /** Who may call it. There is no default: leaving it out does not compile. */
  readonly access: Access<Ctx>;
  /** A feature that the tenant's plan must have. */
  readonly entitlement?: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** Room for a body that may be larger than bodies usually are; never less than BODY_LIMIT_KB. */
  readonly bodyLimitKb?: number;
  /** The body is a JSON merge patch, and may say so by its type (RFC 7396). */
  readonly mergePatch?: boolean;
  /** Takes a file in place of a body. Its handler must read the file's body to its end, or throw. */
  readonly upload?: Upload;
  /** Takes the body as it came, byte by byte, in place of one that is parsed: for what is signed. */
  readonly rawBody?: Raw;
  /** Whatever looks like the number of a card, in any field, is refused before anything else is said about it. */
  readonly refusesCardNumbers?: boolean;
  readonly success: S;
  /** Codes of the registry that this endpoint can answer, besides those its access and input imply. */
  readonly errors?: readonly ErrorCode[];
  /** Takes an Idempotency-Key: the key, the effect and the answer commit in one transaction. */
  readonly idempotent?: boolean;
  readonly rateLimit?: RateLimitName;
  /** The name of the audit entry. Required for whatever changes something, which the route-table test sees to. */
  readonly audit?: string;
  /** A question too long for an address: it is posted, and changes nothing. */
  readonly isQuestion?: boolean;
  /** The pages of a `site`, which are served under the path instead of calling the handler. */
  readonly site?: (deps: Deps) => readonly RequestHandler[];
  /**
   * Work that must not be done in the transaction of an Idempotency-Key, such as hashing a password; it has no effect of its
   * own. The handler gets its result.
   */
  readonly prepare?: (deps: Deps, input: ParsedInput<Params, Query, Body>) => Promise<Prepared>;
  /**
   * The first phase of work that asks somebody outside: writes down what will be asked, in the transaction of the
   * Idempotency-Key, and resolves with the id of what it wrote. The handler then runs outside of every transaction. Whoever
   * repeats the key before it is answered goes on from the id: the handler may run twice, and comes to the same end.
   */
  readonly begin?: (deps: Deps, input: BeginInput<Params, Query, Body, Ctx>) => Promise<Begin>;
  readonly handler: (
    deps: Deps,
    input: HandlerInput<Params, Query, Body, Ctx, Prepared, Upload, Begin, Raw>,
  ) => Promise<Returned<S>> | Returned<S>;
}

/** What `begin` is given. */
export interface BeginInput<Params, Query, Body, Ctx> extends ParsedInput<Params, Query, Body> {
  readonly ctx: Ctx;
}

/** Input that has been accepted. */
export interface AcceptedRequest<Deps> {
  /** Everything that makes two requests the same, for their fingerprint. */
  readonly input: unknown;
  /** Does what belongs before a transaction; what it resolves with calls the handler. */
  prepare(deps: Deps): Promise<Handle>;
  /** Null for an endpoint that is done in one go; otherwise what writes the first phase down. */
  readonly begin: ((deps: Deps, ctx: Context) => Promise<string>) | null;
}

/** Calls the handler. */
export type Handle = (ctx: Context, cookies: CookieJar, file?: IncomingFile, begun?: string) => Promise<unknown>;

/** An endpoint as the mounter, the OpenAPI writer and the tests see it. */
export interface Endpoint<Deps> {
  readonly method: HttpMethod;
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string | undefined;
  readonly tags: readonly [string];
  readonly access: Access<Context>;
  readonly entitlement: string | undefined;
  readonly params: z.ZodType | undefined;
  readonly query: z.ZodType | undefined;
  readonly body: z.ZodType | undefined;
  readonly bodyLimitKb: number;
  readonly mergePatch: boolean;
  readonly upload: UploadSpec | undefined;
  readonly rawBody: RawBodySpec | undefined;
  readonly refusesCardNumbers: boolean;
  readonly success: Success;
  readonly errors: readonly ErrorCode[];
  readonly idempotent: boolean;
  readonly rateLimit: RateLimitName;
  readonly audit: string | undefined;
  readonly isQuestion: boolean;
  readonly site: ((deps: Deps) => readonly RequestHandler[]) | undefined;
  /** @throws AppError VALIDATION_FAILED with a path for each thing that is wrong */
  accept(raw: RawInput): AcceptedRequest<Deps>;
}

/**
 * Curried, since TypeScript infers the schemas or takes the dependencies, not both in one call:
 * `const endpoint = endpointsFor<InvoiceRouteDeps>()`.
 */
export const endpointsFor =
  <Deps>() =>
  <
    Ctx extends Context,
    S extends Success,
    Params extends z.ZodType | undefined = undefined,
    Query extends z.ZodType | undefined = undefined,
    Body extends z.ZodType | undefined = undefined,
    Prepared = undefined,
    Upload extends UploadSpec | undefined = undefined,
    Begin extends string | undefined = undefined,
    Raw extends RawBodySpec | undefined = undefined,
  >(
    spec: EndpointSpec<Deps, Ctx, Params, Query, Body, S, Prepared, Upload, Begin, Raw>,
  ): Endpoint<Deps> => ({
    method: spec.method,
    path: spec.path,
    operationId: spec.operationId,
    summary: spec.summary,
    description: spec.description,
    tags: spec.tags,
    access: spec.access,
    entitlement: spec.entitlement,
    params: spec.params,
    query: spec.query,
    body: spec.body,
    bodyLimitKb: spec.bodyLimitKb ?? 0,
    mergePatch: spec.mergePatch ?? false,
    upload: spec.upload,
    rawBody: spec.rawBody,
    refusesCardNumbers: spec.refusesCardNumbers ?? false,
    success: spec.success,
    errors: spec.errors ?? [],
    idempotent: spec.idempotent ?? false,
    rateLimit: spec.rateLimit ?? (spec.method === 'get' ? 'read' : 'write'),
    audit: spec.audit,
    isQuestion: spec.isQuestion ?? false,
    site: spec.site,
    accept(raw) {
      if (spec.refusesCardNumbers) refuseCardNumbers(raw);
      const input = parseInput<Params, Query, Body>(spec, raw);
      const { begin } = spec;
      return {
        input,
        async prepare(deps) {
          const prepared: Prepared | undefined =
            spec.prepare === undefined ? undefined : await spec.prepare(deps, input);
          return async (ctx, cookies, file, begun) =>
            spec.handler(deps, {
              ...input,
              ctx: spec.access.narrow(ctx),
              cookies,
              prepared,
              upload: uploadedFor<Upload>(spec.upload, file),
              begun: begunFor<Begin>(begin, begun),
              raw: receivedFor<Raw>(spec.rawBody, raw),
            });
        },
        begin:
          begin === undefined
            ? null
            : async (deps, ctx) =>
                invariant<string>(
                  await begin(deps, { ...input, ctx: spec.access.narrow(ctx) }),
                  'What is begun has an id',
                ),
      };
    },
  });
