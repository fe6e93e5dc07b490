import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Request, RequestHandler } from 'express';
import { createApp } from '../../src/app.ts';
import { createContainer } from '../../src/composition/index.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { createCookieJar } from '../../src/http/cookie-jar.ts';
import { listen } from '../../src/http/listen.ts';
import { createPrototypedServer } from '../../src/http/server-prototypes.ts';
import { listInvoices } from '../../src/routes/billing/invoice.routes.ts';
import { type Cut, STAGES } from '../lib/stages.ts';
import { appLayers, cutBefore, routeLayers } from './cut-chain.ts';
import { required, serveBench } from './report.ts';

/** W1's path within its router. */
const LIST_PATH = '/invoices';

const answer = required('BENCH_ANSWER');
const container = createContainer(readEnvironment(process.env));

const send = (res: ServerResponse): void => {
  res.statusCode = 200;
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Content-Length', Buffer.byteLength(answer));
  res.end(answer);
};

const prepared = ({ params, query, body }: Request) =>
  listInvoices.accept({ params, query, body }).prepare(container.controllers);

const handlerOf = (cut: Cut): RequestHandler => {
  if (cut.at === 'accepted') return async (req, res) => send(await prepared(req).then(() => res));
  if (cut.at === 'handled')
    return async (req, res) => {
      const handle = await prepared(req);
      await handle(req.state.ctx, createCookieJar(req, res, false));
      send(res);
    };
  return (_req, res) => send(res);
};

function serverOf(cut: Cut): Server {
  if (cut.at === 'http') return createServer((_req, res) => send(res));
  const app = createApp(container);
  const chain = routeLayers(app, LIST_PATH);
  if (cut.at === 'app') cutBefore(appLayers(app), cut.layer, handlerOf(cut));
  else if (cut.at === 'route') cutBefore(chain, cut.layer, handlerOf(cut));
  else if (cut.at !== 'answered') cutBefore(chain, chain.length - 1, handlerOf(cut));
  return createPrototypedServer(app);
}

const stage = STAGES[Number(required('BENCH_STAGE'))];
if (stage === undefined) throw new RangeError('There is no such stage');
const server = serverOf(stage.cut);
await container.start();
const { port } = await listen(server, 0, '127.0.0.1');
serveBench(port, async () => {
  server.closeAllConnections();
  await container.close();
});
