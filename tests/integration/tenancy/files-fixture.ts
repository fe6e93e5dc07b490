import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { systemContext, tenantScope } from '../../../src/types/context-factory.ts';
import { asTenantId } from '../../../src/types/ids.ts';
import { formWith } from '../../support/forms.ts';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import type { TestAppOptions } from '../../support/test-app.ts';
import { PASSWORD, startPlatform } from './tenancy-fixture.ts';

export type FilesSite = Awaited<ReturnType<typeof openFilesSite>>;

type Content = string | Uint8Array<ArrayBuffer>;

/** The smallest PNG there is, one pixel. */
export const PNG = Uint8Array.from(
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
);

const BOUNDARY = 'the-boundary-of-this-test';

/** The part of a form in front of its file's content. */
export const beginningOfForm = (filename = 'notes.txt', field = 'file'): string =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${field}"; filename="${filename}"\r\nContent-Type: text/plain\r\n\r\n`;

export const endOfForm = `\r\n--${BOUNDARY}--\r\n`;

/** A platform with one tenant, whose owner works with its files. */
export async function openFilesSite(options: TestAppOptions = {}) {
  const platform = await startPlatform(options);
  const { app } = platform;
  const tenant = await platform.addTenant();
  const { owner } = tenant;
  const ownerCredentials = { email: tenant.ownerEmail, password: PASSWORD };
  const login = await app.http.post('/api/auth/login', ownerCredentials);
  const authorization = `Bearer ${login.body.data.accessToken}`;

  const upload = (filename: string, content: Content, client: HttpClient = owner): Promise<HttpAnswer> =>
    client.post('/api/files', formWith(filename, content));

  return {
    ...platform,
    tenant,
    owner,
    ownerCredentials,
    upload,

    /** The product itself, on the tenant's rows. */
    tenantContext: () => systemContext(tenantScope(asTenantId(tenant.id)), 'files-test'),

    /** @returns the id of a new file */
    async aFile(filename = 'notes.txt', content: Content = `Notes ${randomUUID()}`): Promise<string> {
      const answer = await upload(filename, content);
      if (answer.status !== 201) throw new Error(`The file was refused: ${answer.text}`);
      return answer.body.data.id;
    },

    /** Sends a body as it is. */
    sendRaw: (body: string, contentType = `multipart/form-data; boundary=${BOUNDARY}`): Promise<HttpAnswer> =>
      owner.send('POST', '/api/files', { body, headers: { 'content-type': contentType } }),

    /** An upload whose body the caller writes. */
    beginUpload(): { upload: ClientRequest; answer: Promise<IncomingMessage> } {
      const started = request(`${app.url}/api/files`, {
        method: 'POST',
        headers: { authorization, 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
      });
      const answer = new Promise<IncomingMessage>((resolve, reject) => {
        started.on('response', resolve).on('error', reject);
      });
      return { upload: started, answer };
    },

    fetchContent: (id: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
      fetch(`${app.url}/api/files/${id}/content`, { method, headers: { authorization, ...headers } }),

    rows: () => app.rows('select * from files order by created_at'),

    /** Every file below the storage's directory. */
    async objects(): Promise<string[]> {
      const root = join(app.container.infrastructure.settings.VAR_DIRECTORY, 'storage');
      const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
      return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    },
  };
}
