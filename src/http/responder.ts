import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { Logger } from '../config/logger.ts';
import type { Metrics } from '../config/metrics.ts';
import { idempotencyKeyOf } from '../middleware/idempotency.middleware.ts';
import type { RawInput } from '../middleware/validation.middleware.ts';
import type { Answer, Idempotency } from '../services/base/idempotency.ts';
import type { Context } from '../types/context.ts';
import type { CookieJar } from '../types/cookie-jar.ts';
import type { IncomingFile } from '../types/incoming-file.ts';
import { createAnswerWriter, type JsonAnswer } from './answer.ts';
import { createCookieJar } from './cookie-jar.ts';
import type { Endpoint } from './endpoint.ts';
import { receiveFile } from './multipart.ts';
import { sendFile } from './send-file.ts';

export interface ResponderDeps {
  readonly idempotency: Idempotency;
  /** throw: an answer that does not fit its schema, or a change without its audit entry, fails the request (tests). */
  readonly responseCheck: 'throw' | 'log';
  /** Whether browsers reach this installation by https. */
  readonly secureCookies: boolean;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'countMismatch'>;
}

type Handle = (ctx: Context, cookies: CookieJar, file?: IncomingFile) => Promise<unknown>;

/** The end of the chain: validates, calls the handler once per Idempotency-Key, and writes the answer its declaration names. */
export function createResponder<Handlers>(
  endpoint: Endpoint<Handlers>,
  handlers: Handlers,
  deps: ResponderDeps,
): RequestHandler {
  const { success, operationId } = endpoint;
  const write = createAnswerWriter(success, {
    onMismatch(problem) {
      if (deps.responseCheck === 'throw')
        throw new Error(`${operationId} answers what its schema does not allow: ${problem.message}`);
      deps.metrics.countMismatch(operationId);
      deps.log.error('answer does not fit its schema', { operation: operationId, problem: problem.message });
    },
  });

  const answerOf = async (handle: Handle, ctx: Context, req: Request, res: Response): Promise<unknown> => {
    const cookies = createCookieJar(req, res, deps.secureCookies);
    if (endpoint.upload === undefined) return handle(ctx, cookies);
    const { file, close } = await receiveFile(req, endpoint.upload);
    try {
      return await handle(ctx, cookies, file);
    } finally {
      close();
    }
  };

  const call = async (handle: Handle, ctx: Context, req: Request, res: Response): Promise<unknown> => {
    const result = await answerOf(handle, ctx, req, res);
    if (endpoint.audit !== undefined && !ctx.audit.recorded) {
      if (deps.responseCheck === 'throw') throw new Error(`${operationId} changed something without an audit entry`);
      deps.log.error('change without an audit entry', { operation: operationId, requestId: ctx.requestId });
    }
    return result;
  };

  const answerOnce = async (
    req: Request,
    res: Response,
    key: string,
    toAnswer: (result: unknown) => JsonAnswer,
  ): Promise<Answer> => {
    const accepted = endpoint.accept(inputOf(req));
    const handle = await accepted.prepare(handlers);
    const request = { endpoint: operationId, key, input: accepted.input };
    const answer = await deps.idempotency.run(req.state.ctx, request, async (txCtx) =>
      toAnswer(await call(handle, txCtx, req, res)),
    );
    if (answer.replayed) res.setHeader('Idempotent-Replayed', 'true');
    return answer;
  };

  return async (req, res) => {
    const key = endpoint.idempotent ? idempotencyKeyOf(req) : null;
    if (key !== null && write !== null) {
      sendJson(res, await answerOnce(req, res, key, write));
      return;
    }
    const result = await call(await endpoint.accept(inputOf(req)).prepare(handlers), req.state.ctx, req, res);
    if (write !== null) sendJson(res, write(result));
    else if ('file' in success) await sendFile(req, res, result);
    else if ('text' in success) sendText(res, success.text.contentType, z.string().parse(result));
    else if ('document' in success) sendText(res, 'application/json; charset=utf-8', JSON.stringify(result));
    else res.status(success.status).end();
  };
}

const inputOf = ({ params, query, body }: Request): RawInput => ({ params, query, body });

function sendJson(res: Response, { statusCode, response }: Answer): void {
  sendText(res.status(statusCode), 'application/json; charset=utf-8', response);
}

function sendText(res: Response, contentType: string, text: string): void {
  res.setHeader('Content-Type', contentType);
  res.setHeader('Content-Length', Buffer.byteLength(text));
  res.end(text);
}
