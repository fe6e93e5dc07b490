import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { createDocsSite } from '../../../src/http/openapi/docs-site.ts';

const app = express()
  .use((_req, res, next) => {
    res.setHeader('Content-Security-Policy', "default-src 'none'");
    next();
  })
  .use('/docs', ...createDocsSite('/openapi.json'))
  .use((_req, res) => {
    res.status(404).end();
  });
const server = createServer(app);
let url = '';

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const get = (path: string) => fetch(`${url}${path}`, { redirect: 'manual' });
const attributes = (html: string, pattern: RegExp) => [...html.matchAll(pattern)].map((match) => match[1] ?? '');

describe('the documentation', () => {
  test('opens under its path with a slash, so that its files are found', async () => {
    const answer = await get('/docs');
    expect([answer.status, answer.headers.get('location')]).toEqual([301, '/docs/']);
  });

  test('is a page without scripts of its own, under a policy that allows none', async () => {
    const answer = await get('/docs/');
    const html = await answer.text();
    expect(answer.status).toBe(200);
    expect(html).toContain('<title>Rowhouse</title>');
    expect(attributes(html, /<script([^>]*)>/g).filter((script) => !script.includes('src='))).toEqual([]);
    expect(html).not.toMatch(/\son[a-z]+=/);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy.split(';')).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "connect-src 'self'"]),
    );
    expect(policy.split(';').filter((directive) => directive.includes('unsafe'))).toEqual([
      "style-src 'self' 'unsafe-inline'",
    ]);
  });

  test('has every file its page refers to', async () => {
    const html = await (await get('/docs/')).text();
    const files = attributes(html, /(?:src|href)="\.(\/[^"]+)"/g);
    expect(files).toEqual(expect.arrayContaining(['/swagger-ui-bundle.js', '/swagger-ui-init.js', '/swagger-ui.css']));
    for (const file of files) {
      const answer = await get(`/docs${file}`);
      await answer.arrayBuffer();
      expect([file, answer.status]).toEqual([file, 200]);
      if (file.endsWith('.js')) expect(answer.headers.get('content-type')).toContain('javascript');
    }
  });

  test('shows the document of this server and remembers who is signed in', async () => {
    const script = await (await get('/docs/swagger-ui-init.js')).text();
    const options: unknown = JSON.parse(/var options = ({[\s\S]*?\n});/.exec(script)?.[1] ?? 'null');
    expect(options).toMatchObject({
      swaggerUrl: '/openapi.json',
      customOptions: { persistAuthorization: true, tryItOutEnabled: true, validatorUrl: null },
    });
  });

  test.each(['/docs/index.html', '/docs/package.json', '/docs/swagger-ui.js.map', '/docs/elsewhere'])(
    'does not answer %s',
    async (path) => {
      const answer = await get(path);
      await answer.arrayBuffer();
      expect(answer.status).toBe(404);
    },
  );
});
