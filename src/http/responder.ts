import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { Logger } from '../config/logger.ts';
import type { Metrics } from '../config/metrics.ts';
import { idempotencyKeyOf } from '../middleware/idempotency.middleware.ts';
import type { RawInput } from '../middleware/validation.middleware.ts';
import type { Answer, Idempotency } from '../services/base/idempotency.ts';
import type { Context } from '../types/context.ts';
import { createAnswerWriter, type JsonAnswer } from './answer.ts';
import { createCookieJar } from './cookie-jar.ts';
import type { AcceptedRequest, Endpoint, Handle } from './endpoint.ts';
import { receiveFile } from './multipart.ts';
import { reportFormOf, toCsv } from './report.ts';
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

  const answerOf = async (
    handle: Handle,
    ctx: Context,
    req: Request,
    res: Response,
    begun?: string,
  ): Promise<unknown> => {
    const cookies = createCookieJar(req, res, deps.secureCookies);
    if (endpoint.upload === undefined) return handle(ctx, cookies, undefined, begun);
    const { file, close } = await receiveFile(req, endpoint.upload);
    try {
      return await handle(ctx, cookies, file);
    } finally {
      close();
    }
  };

  const expectAudit = (ctx: Context): void => {
    if (endpoint.audit === undefined || ctx.audit.recorded) return;
    if (deps.responseCheck === 'throw') throw new Error(`${operationId} changed something without an audit entry`);
    deps.log.error('change without an audit entry', { operation: operationId, requestId: ctx.requestId });
  };

  const call = async (handle: Handle, ctx: Context, req: Request, res: Response): Promise<unknown> => {
    const result = await answerOf(handle, ctx, req, res);
    expectAudit(ctx);
    return result;
  };

  const callOnce = async (accepted: AcceptedRequest<Handlers>, req: Request, res: Response): Promise<unknown> => {
    const { ctx } = req.state;
    const handle = await accepted.prepare(handlers);
    if (accepted.begin === null) return call(handle, ctx, req, res);
    const begun = await accepted.begin(handlers, ctx);
    expectAudit(ctx);
    return answerOf(handle, ctx, req, res, begun);
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
    const { begin } = accepted;
    const { ctx } = req.state;
    const answer =
      begin === null
        ? await deps.idempotency.run(ctx, request, async (txCtx) => toAnswer(await call(handle, txCtx, req, res)))
        : await deps.idempotency.runInPhases(ctx, request, {
            begin: async (txCtx) => {
              const begun = await begin(handlers, txCtx);
              expectAudit(txCtx);
              return begun;
            },
            finish: async (begun) => toAnswer(await answerOf(handle, ctx, req, res, begun)),
          });
    if (answer.replayed) res.setHeader('Idempotent-Replayed', 'true');
    return answer;
  };

  return async (req, res) => {
    const key = endpoint.idempotent ? idempotencyKeyOf(req) : null;
    if (key !== null && write !== null) {
      sendJson(res, await answerOnce(req, res, key, write));
      return;
    }
    const form = 'report' in success ? reportFormOf(req) : null;
    const result = await callOnce(endpoint.accept(inputOf(req)), req, res);
    if (write !== null && form !== 'csv') sendJson(res, write(result));
    else if ('report' in success) sendReport(res, operationId, toCsv(success.report, result));
    else if ('file' in success) await sendFile(req, res, result);
    else if ('text' in success) sendText(res, success.text.contentType, z.string().parse(result));
    else if ('document' in success) sendText(res, 'application/json; charset=utf-8', JSON.stringify(result));
    else res.status(success.status).end();
  };
}

const inputOf = ({ params, query, body, headers }: Request): RawInput => ({ params, query, body, headers });

function sendJson(res: Response, { statusCode, response }: Answer): void {
  sendText(res.status(statusCode), 'application/json; charset=utf-8', response);
}

function sendReport(res: Response, operationId: string, csv: string): void {
  res.setHeader('Content-Disposition', `attachment; filename="${operationId}.csv"`);
  sendText(res, 'text/csv; charset=utf-8', csv);
}

function sendText(res: Response, contentType: string, text: string): void {
  res.setHeader('Content-Type', contentType);
  res.setHeader('Content-Length', Buffer.byteLength(text));
  res.end(text);
}
