import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { DescribedEndpoint } from '../../src/http/openapi/described-endpoint.ts';
import { endpoints as mounted } from '../../src/routes/index.ts';

const ID = '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11';
const endpoints: readonly DescribedEndpoint[] = mounted;

interface RestRequest {
  readonly file: string;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** With values in place of {{variables}}: of the file, of the editor ({{$guid}}), or of an earlier answer. */
const filled = (text: string, variables: ReadonlyMap<string, string>): string =>
  text.replaceAll(/\{\{([^}]+)\}\}/g, (_all, name: string) => {
    if (name.endsWith('nextCursor')) return 'MjAyNi0xMS0yMFQwOTozMDowMC4wMDBafDAx';
    return name === '$timestamp' ? '1795000000' : (variables.get(name) ?? ID);
  });

function requestsOf(file: string): RestRequest[] {
  const source = readFileSync(join('rest', file), 'utf8');
  const variables = new Map(
    [...source.matchAll(/^@(\w+) = (.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  return source.split(/^###.*$/m).flatMap((part) => {
    const [, method, address, rest = ''] = /^(GET|POST|PUT|PATCH|DELETE) (\S+)$([\s\S]*)/m.exec(part) ?? [];
    if (method === undefined || address === undefined) return [];
    const url = new URL(filled(address, variables));
    const isForm = /^content-type: multipart\/form-data/im.test(rest);
    const [, body] = isForm ? [] : (/\n\n([\s\S]*)/.exec(rest.trim()) ?? []);
    return [
      {
        file,
        method: method.toLowerCase(),
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        body: body === undefined ? undefined : JSON.parse(filled(body, variables)),
      },
    ];
  });
}

const files = readdirSync('rest').filter((name) => name.endsWith('.rest'));
const requests = files.flatMap(requestsOf);

const patternOf = ({ path }: DescribedEndpoint): RegExp => new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}/?$`);

const endpointOf = ({ method, path }: RestRequest): DescribedEndpoint | undefined =>
  endpoints.find((endpoint) => endpoint.method === method && patternOf(endpoint).test(path));

describe('the requests of rest/', () => {
  test.each(requests.map((request) => [request.file, request.method, request.path, request] as const))(
    '%s: %s %s is what its endpoint takes',
    (_file, _method, _path, request) => {
      const endpoint = endpointOf(request);
      expect(endpoint?.operationId).toBeDefined();
      expect(endpoint?.query?.safeParse(request.query).error?.issues).toBeUndefined();
      expect(endpoint?.body?.safeParse(request.body).error?.issues).toBeUndefined();
      expect(request.body === undefined).toBe(endpoint?.body === undefined);
    },
  );

  test('leave no endpoint out', () => {
    const asked = new Set(requests.map((request) => endpointOf(request)?.operationId));
    expect(endpoints.map(({ operationId }) => operationId).filter((operationId) => !asked.has(operationId))).toEqual(
      [],
    );
  });
});
